using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace TorchSharp.Native;

/// <summary>
/// Calls libtorch's operators. An operator is written as its schema name and the schema's names of the arguments passed, in the order passed:
/// <c>Op.Call("addmm(self, mat1, mat2, beta, alpha)", input, a, b, 0.0, 1.0)</c>; <c>add.Tensor(…)</c> names an overload. The rest of the
/// arguments take the schema's defaults. Each such text is resolved once, and found again by reference, so it must be a literal.
/// </summary>
internal static unsafe class Op
{
    private const int StackWords = 64;

    private static readonly ConcurrentDictionary<string, nint> Resolved = new(ReferenceComparer.Instance);

    /// <summary>Runs an operator that returns one tensor.</summary>
    public static torch.Tensor Call(string signature, params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(signature, arguments, &result, 1);
        return new torch.Tensor((nint)result.Integer);
    }

    /// <summary>Runs an operator that changes its first argument in place, and returns that argument.</summary>
    public static torch.Tensor Mutate(string signature, params ReadOnlySpan<Arg> arguments)
    {
        Invoke(signature, arguments, null, 0);
        return (torch.Tensor)arguments[0].Reference!;
    }

    /// <summary>Runs an operator that returns two tensors.</summary>
    public static (torch.Tensor, torch.Tensor) Pair(string signature, params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[2];
        Invoke(signature, arguments, results, 2);
        return (new torch.Tensor((nint)results[0].Integer), new torch.Tensor((nint)results[1].Integer));
    }

    /// <summary>Runs an operator that returns three tensors.</summary>
    public static (torch.Tensor, torch.Tensor, torch.Tensor) Triple(string signature, params ReadOnlySpan<Arg> arguments)
    {
        var results = stackalloc Value[3];
        Invoke(signature, arguments, results, 3);
        return (new torch.Tensor((nint)results[0].Integer), new torch.Tensor((nint)results[1].Integer), new torch.Tensor((nint)results[2].Integer));
    }

    /// <summary>Runs an operator that returns a list of tensors.</summary>
    public static torch.Tensor[] List(string signature, params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(signature, arguments, &result, 1);
        return TakeList(result);
    }

    /// <summary>Runs an operator that returns a bool, an integer or a double.</summary>
    public static Value Plain(string signature, params ReadOnlySpan<Arg> arguments)
    {
        Value result;
        Invoke(signature, arguments, &result, 1);
        return result;
    }

    /// <summary>Turns a native list of handles into tensors, and frees the list.</summary>
    internal static torch.Tensor[] TakeList(Value list)
    {
        var tensors = new torch.Tensor[list.Length];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = new torch.Tensor(((nint*)list.Pointer)[i]);
        NativeMethods.bridge_free_array(list.Pointer);
        return tensors;
    }

    /// <summary>Lays out arguments and hands them to <paramref name="receive"/>; they stay alive and in place until it returns.</summary>
    internal static void WithValues(ReadOnlySpan<Arg> arguments, Receiver receive)
    {
        var words = 0;
        foreach (ref readonly var argument in arguments) words += argument.Words;
        fixed (long* scratch = new long[words + 1])
        {
            var next = scratch;
            var values = stackalloc Value[arguments.Length + 1];
            for (var i = 0; i < arguments.Length; i++) arguments[i].Write(out values[i], ref next);
            receive(values, arguments.Length);
        }

        KeepAlive(arguments);
    }

    internal delegate void Receiver(Value* values, int count);

    [SkipLocalsInit]
    private static void Invoke(string signature, ReadOnlySpan<Arg> arguments, Value* results, int capacity)
    {
        var op = Resolved.TryGetValue(signature, out var found) ? found : Resolve(signature);
        var words = 0;
        foreach (ref readonly var argument in arguments) words += argument.Words;
        var near = stackalloc long[StackWords];
        var far = words > StackWords ? GC.AllocateUninitializedArray<long>(words, pinned: true) : null;
        var scratch = far is null ? near : (long*)Unsafe.AsPointer(ref far[0]);
        var values = stackalloc Value[arguments.Length];
        for (var i = 0; i < arguments.Length; i++) arguments[i].Write(out values[i], ref scratch);
        int count;
        NativeMethods.Check(NativeMethods.bridge_call(op, values, results, capacity, &count));
        KeepAlive(arguments);
        GC.KeepAlive(far);
    }

    private static void KeepAlive(ReadOnlySpan<Arg> arguments)
    {
        foreach (ref readonly var argument in arguments) GC.KeepAlive(argument.Reference);
    }

    private static nint Resolve(string signature)
    {
        var open = signature.IndexOf('(');
        var name = signature[..open];
        var dot = name.IndexOf('.');
        var overload = dot < 0 ? "" : name[(dot + 1)..];
        name = "aten::" + (dot < 0 ? name : name[..dot]);
        var arguments = signature[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Resolved.GetOrAdd(signature, NativeMethods.FindOperator(name, overload, arguments));
    }

    private sealed class ReferenceComparer : IEqualityComparer<string>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        public int GetHashCode(string text) => RuntimeHelpers.GetHashCode(text);
    }
}
