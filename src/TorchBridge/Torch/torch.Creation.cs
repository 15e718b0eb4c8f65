using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

/// <summary>Ranges, random numbers of other kinds, and tensors over .NET's arrays.</summary>
public static unsafe partial class torch
{
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var integral = start.Type.IsIntegral() && stop.Type.IsIntegral() && step.Type.IsIntegral();
        var type = dtype ?? (integral ? ScalarType.Int64 : get_default_dtype());
        return Made(Op.Call("arange.start_step(start, end, step, dtype, device)", start, stop, step, type, InitializeDevice(device)), requires_grad);
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        Made(Op.Call("linspace(start, end, steps, dtype, device)", start, end, steps, dtype ?? get_default_dtype(), InitializeDevice(device)),
            requires_grad);

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(
            Op.Call("eye.m(n, m, dtype, device)", rows, columns == -1 ? rows : columns, dtype ?? get_default_dtype(), InitializeDevice(device)),
            requires_grad,
            names);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        Made(
            Op.Call(
                "randint.low_generator(low, high, size, generator, dtype, device)", low, high, size, generator, dtype ?? ScalarType.Int64,
                    InitializeDevice(device)),
            requires_grad,
            names);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Made(
            Op.Call("randperm.generator(n, generator, dtype, device)", n, generator, dtype ?? ScalarType.Int64, InitializeDevice(device)),
                requires_grad);

    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randn(size, dtype, device, false, generator, names).mul_(std).add_(mean).requires_grad_(requires_grad);

    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(
            Op.Call("empty_strided(size, stride, dtype, device)", size, strides, dtype ?? get_default_dtype(), InitializeDevice(device)),
                requires_grad, names);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(input.zeros_like(dtype, device), requires_grad, names);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(input.ones_like(dtype, device), requires_grad, names);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(input.empty_like(dtype, device), requires_grad, names);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Made(input.full_like(value, dtype, device), requires_grad, names);

    /// <summary>A tensor over the array's own memory: it is not copied unless the type or device differs.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    /// <inheritdoc cref="from_array(Array, Device)"/>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Over(rawArray, 0, Sizes(rawArray), dtype, device, requires_grad, names);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);

    /// <summary>A tensor of one dimension over part of an array's own memory.</summary>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        if (offset < 0 || offset >= rawArray.LongLength) throw new ArgumentException($"invalid value for 'offset': {offset}");
        if (count < 0) count = rawArray.LongLength - offset;
        if (count > rawArray.LongLength - offset) throw new IndexOutOfRangeException($"element count is too large: {count}");
        return Over(rawArray, offset, [count], dtype, CPU, requires_grad, null);
    }

    internal static Tensor FromArray(Array array, long[] sizes, ScalarType? dtype, Device? device, bool requires_grad, string[]? names = null)
    {
        var type = ScalarTypes.Of(array.GetType().GetElementType()!);
        var total = sizes.TotalSize();
        if (total > array.LongLength)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {total} vs. {array.LongLength}");
        var copy = empty(sizes, type, CPU);
        var bytes = total * type.ElementSize();
        fixed (byte* source = &MemoryMarshal.GetArrayDataReference(array)) Buffer.MemoryCopy(source, copy.Data(), bytes, bytes);
        return Placed(copy, dtype, device, requires_grad, names);
    }

    private static Tensor Over(Array array, long offset, long[] sizes, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        var type = ScalarTypes.Of(array.GetType().GetElementType()!);
        var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
        nint result;
        fixed (long* shape = sizes)
            NativeMethods.Check(NativeMethods.bridge_from_blob(
                (byte*)pin.AddrOfPinnedObject() + (offset * type.ElementSize()), shape, sizes.Length, (int)type, (void*)GCHandle.ToIntPtr(pin),
                    &Unpin, &result));
        return Placed(new Tensor(result), dtype, device, requires_grad, names);
    }

    [UnmanagedCallersOnly]
    private static void Unpin(void* pin) => GCHandle.FromIntPtr((nint)pin).Free();

    // The tensor where and as it was asked for; the original goes when a copy takes its place.
    private static Tensor Placed(Tensor made, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        device = InitializeDevice(device);
        var type = dtype ?? made.dtype;
        return type == made.dtype && device.type == DeviceType.CPU
            ? Made(made, requires_grad, names)
            : Made(made.to(type, device, disposeAfter: true), requires_grad, names);
    }

    private static Tensor Made(Tensor made, bool requires_grad, string[]? names = null)
    {
        if (names is { Length: > 0 }) throw new NotSupportedException("TorchBridge has no named dimensions; leave 'names' out.");
        if (requires_grad) made.requires_grad = true;
        return made;
    }

    private static ScalarType FullType(Scalar value, ScalarType? dtype) =>
        dtype ?? (value.Type.IsIntegral() ? ScalarType.Int64 : get_default_dtype());

    private static long[] Sizes(Array array) => [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];
}
