using System.Numerics;
using MoeSharp.Runtime;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MoeSharp.Modules;

/// <summary>
/// The part of a model's CPU lowering that is the same for all. A compiled step lives in one arena that is lent again and again: what forward keeps, the
/// scratch, the logits and the gradient of the residual stream.
/// </summary>
/// <typeparam name="T">What activations and gates are in: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TWeight">What the operands of products are in, weights among them: T, or <see cref="BFloat16"/>.</typeparam>
/// <typeparam name="TGradient">What the module's weights are in, and their gradients: those that the optimiser keeps, which gates and norms read.</typeparam>
public abstract unsafe class KernelTransformerProgram<T, TWeight, TGradient>(FlatModule module) : TransformerProgram, ILendsMemory
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TWeight : unmanaged
    where TGradient : unmanaged
{
    private readonly WorkspacePool _workspaces = new(module.Gates?.Layers ?? 0);
    private readonly ProductMemory<TWeight> _products = new();

    private Tensor Weights => module.Parameters.Weights;

    /// <summary>Elements a token that forward keeps for backward, all layers together.</summary>
    protected abstract long SavedPerToken { get; }

    /// <summary>Elements a token of scratch.</summary>
    protected abstract long ScratchPerToken { get; }

    /// <summary>Width of the residual stream.</summary>
    protected abstract int Dim { get; }

    /// <summary>Token ids.</summary>
    protected abstract int Vocab { get; }

    /// <summary>Layers.</summary>
    protected abstract int Layers { get; }

    /// <inheritdoc/>
    public override bool OverwritesExperts => true;

    /// <inheritdoc/>
    public override bool KeepsOneBuffer => true;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor weights, Tensor ids, PassSettings settings, List<Tensor>? saved)
    {
        using var lease = _workspaces.Rent();
        var tokens = settings.Tokens;
        var logits = empty(tokens, Vocab, dtype: TensorMemory.TypeOf<T>());
        var scratch = lease.Workspace.Elements<T>((ScratchPerToken + (saved is null ? SavedPerToken : 0)) * tokens);
        var kept = scratch + (nint)(ScratchPerToken * tokens);
        if (saved is not null)
        {
            var storage = module.TakeKept(SavedPerToken * tokens, TensorMemory.TypeOf<T>());
            saved.Add(storage);
            kept = TensorMemory.Pointer<T>(storage);
        }

        Forward(weights, Operands(weights, anew: true), Pass(settings, lease.Workspace, kept, scratch), Ids(ids, lease.Workspace), TensorMemory.Matrix<T>(logits));
        return logits.to(weights.dtype);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor weights, Tensor ids, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dLogits, Tensor gradient)
    {
        using var lease = _workspaces.Rent();
        var tokens = settings.Tokens;
        var scratch = lease.Workspace.Elements<T>((ScratchPerToken + (2L * Dim)) * tokens);
        var (dX, dY) = Gradients(scratch + (nint)(ScratchPerToken * tokens), tokens);
        var wide = dLogits.to(TensorMemory.TypeOf<T>());
        Backward(
            weights,
            Operands(weights, anew: true),
            Pass(settings, lease.Workspace, TensorMemory.Pointer<T>(saved[0]), scratch),
            gradient,
            Ids(ids, lease.Workspace),
            TensorMemory.Matrix<T>(wide),
            dX,
            dY);
        GC.KeepAlive(saved);
        GC.KeepAlive(wide);
    }

    /// <inheritdoc/>
    public override StepResult Step(ReadOnlySpan<int> windows, int batch, double lossScale, double auxiliaryScale)
    {
        using var lease = _workspaces.Rent();
        var settings = module.Drawing(SettingsOf(windows, batch) with { Training = true, AuxiliaryScale = auxiliaryScale });
        var before = module.BalanceLoss;
        var (pass, logits, (dX, dY)) = Lend(lease.Workspace, settings);
        var (ids, targets, counted) = Split(windows, settings, lease.Workspace);

        Forward(Weights, Operands(), pass, ids, logits);
        var loss = CrossEntropy.ForwardBackward(pass.Workers, logits, targets, lossScale);
        Backward(Weights, Operands(), pass, module.Parameters.Gradient, ids, logits, dX, dY);
        return new StepResult(loss, counted, module.BalanceLoss - before);
    }

    /// <inheritdoc/>
    internal override PassSums Count(ReadOnlySpan<int> windows, int batch, RoutingLog log, ulong key)
    {
        using var lease = _workspaces.Rent();
        var settings = SettingsOf(windows, batch) with { Training = true, Log = log, RandomKey = key };
        var (pass, logits, _) = Lend(lease.Workspace, settings);
        Forward(Weights, Operands(), pass, Split(windows, settings, lease.Workspace).Ids, logits);
        return settings.Sums;
    }

    /// <inheritdoc/>
    public override void Reserve(int batch, int sequence)
    {
        using var lease = _workspaces.Rent();
        Lend(lease.Workspace, new PassSettings(checked(batch * sequence), sequence, Training: true));
    }

    /// <inheritdoc/>
    public override StepResult Evaluate(ReadOnlySpan<int> windows, int batch, ReadOnlySpan<int> counted)
    {
        using var lease = _workspaces.Rent();
        var settings = SettingsOf(windows, batch);
        var (pass, logits, _) = Lend(lease.Workspace, settings);
        var (ids, targets, predicted) = Split(windows, settings, lease.Workspace);
        for (var row = 0; row < counted.Length; row++)
        {
            var leftOut = settings.Sequence - counted[row];
            targets.Row(0).Slice(row * settings.Sequence, leftOut).Fill(CrossEntropy.IgnoreIndex);
            predicted -= leftOut;
        }

        Forward(Weights, Operands(), pass, ids, logits);
        return new StepResult(CrossEntropy.Forward(pass.Workers, logits, targets), predicted, 0);
    }

    /// <inheritdoc/>
    public override KeyValueCache NewCache(int sequences, int context) => new KernelKeyValueCache<T>(Layers, sequences, context);

    /// <inheritdoc/>
    public override void Next(ReadOnlySpan<int> ids, KeyValueCache cache, Span<double> logits)
    {
        using var lease = _workspaces.Rent();
        var tokens = ids.Length / cache.Chosen.Length;
        var (pass, scores, (ends, _)) = Lend(lease.Workspace, new PassSettings(ids.Length, tokens, Training: false), (KernelKeyValueCache<T>)cache);
        var copy = lease.Workspace.Indices(0, 1, ids.Length, ids.Length);
        ids.CopyTo(copy.Row(0));
        Forward(Weights, Operands(), pass, copy, scores, ends);
        cache.Advance(tokens);
        for (var sequence = 0; sequence < cache.Chosen.Length; sequence++)
        {
            TensorPrimitives.ConvertTruncating<T, double>(scores.Row(sequence), logits.Slice(sequence * Vocab, Vocab));
        }
    }

    /// <inheritdoc/>
    public override int? FirstNonFinite(ReadOnlySpan<int> windows, int batch)
    {
        using var lease = _workspaces.Rent();
        var settings = SettingsOf(windows, batch);
        var (pass, logits, _) = Lend(lease.Workspace, settings);
        Forward(Weights, Operands(), pass, Split(windows, settings, lease.Workspace).Ids, logits);
        for (var layer = 0; layer <= Layers; layer++)
        {
            if (!IsFinite(Residual(pass, layer)))
            {
                return layer - 1;
            }
        }

        return IsFinite(logits) ? null : Layers;
    }

    /// <summary>The generated forward up to the last layer: products read <paramref name="weights"/>, gates and norms <paramref name="masters"/>.</summary>
    protected abstract void Forward(Pass<T> pass, FlatView<TWeight> weights, FlatView<TGradient> masters, Matrix<int> ids);

    /// <summary>The generated forward of the head: from the residual stream after the last layer to the logits. In decoding it has only the last token of each sequence.</summary>
    protected abstract void Head(Pass<T> pass, FlatView<TWeight> weights, FlatView<TGradient> masters, Matrix<T> x, Matrix<T> logits);

    /// <summary>
    /// The generated backward: <paramref name="gradient"/> is added to, <paramref name="dX"/> is the gradient of the residual stream on its way down, and
    /// <paramref name="dY"/> room for another: layers that leave the one as it came write the other.
    /// </summary>
    protected abstract void Backward(
        Pass<T> pass, FlatView<TWeight> weights, FlatView<TGradient> masters, FlatView<TGradient> gradient, Matrix<int> ids, Matrix<T> dLogits, Matrix<T> dX,
        Matrix<T> dY);

    /// <summary>The residual stream before a layer, <c>[tokens, dim]</c>.</summary>
    protected abstract Matrix<T> Residual(Pass<T> pass, int layer);

    private static PassSettings SettingsOf(ReadOnlySpan<int> windows, int batch)
    {
        var sequence = (windows.Length / batch) - 1;
        return new PassSettings(batch * sequence, sequence, Training: false);
    }

    private static bool IsFinite(Matrix<T> matrix)
    {
        for (var row = 0; row < matrix.Rows; row++)
        {
            foreach (var value in matrix.Row(row))
            {
                if (!T.IsFinite(value))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static (Matrix<int> Ids, Matrix<int> Targets, int Counted) Split(ReadOnlySpan<int> windows, PassSettings settings, Workspace workspace)
    {
        var (tokens, sequence) = (settings.Tokens, settings.Sequence);
        var ids = workspace.Indices(0, 1, tokens, 2 * tokens);
        var targets = workspace.Indices(tokens, 1, tokens, 2 * tokens);
        for (var row = 0; row < tokens / sequence; row++)
        {
            var window = windows.Slice(row * (sequence + 1), sequence + 1);
            window[..sequence].CopyTo(ids.Row(0)[(row * sequence)..]);
            window[1..].CopyTo(targets.Row(0)[(row * sequence)..]);
        }

        return (ids, targets, tokens - targets.Row(0).Count(CrossEntropy.IgnoreIndex));
    }

    // A compiled step knows who writes the weights; a call of the module does not.
    private Tensor Operands() => Operands(Weights, anew: false);

    /// <summary>What products read: the weights, or their copy in the narrower type. Those of a module that was moved since have none.</summary>
    private Tensor Operands(Tensor weights, bool anew)
    {
        if (typeof(TWeight) == typeof(TGradient) || weights.dtype == TensorMemory.TypeOf<TWeight>())
        {
            return weights;
        }

        return TensorMemory.Pointer(weights) == TensorMemory.Pointer(module.Parameters.Weights) ? module.Parameters.Narrow(anew) : weights.to(TensorMemory.TypeOf<TWeight>());
    }

    /// <summary>Forward, its weights prepared. In decoding the head has the last token of each sequence alone, whose rows <paramref name="ends"/> has room for.</summary>
    private void Forward(Tensor weights, Tensor operands, Pass<T> pass, Matrix<int> ids, Matrix<T> logits, Matrix<T> ends = default)
    {
        module.Bias?.Refresh<T>();
        using var run = _products.Begin(operands);
        var (view, masters) = (module.Parameters.View<TWeight>(operands), module.Parameters.View<TGradient>(weights));
        Forward(pass, view, masters, ids);
        var x = Residual(pass, Layers);
        if (pass.Cache is not null && pass.Sequence > 1)
        {
            for (var sequence = 0; sequence < ends.Rows; sequence++)
            {
                x.Row(((sequence + 1) * pass.Sequence) - 1).CopyTo(ends.Row(sequence));
            }

            (pass, x) = (pass.OverLast(), ends);
        }

        Head(pass, view, masters, x, logits);

        // The weights are read by address: nobody may finalise them now.
        GC.KeepAlive(weights);
        GC.KeepAlive(operands);
    }

    private void Backward(
        Tensor weights, Tensor operands, Pass<T> pass, Tensor gradient, Matrix<int> ids, Matrix<T> dLogits, Matrix<T> dX, Matrix<T> dY)
    {
        using var run = _products.Begin(operands, gradient);
        var masters = module.Parameters.View<TGradient>(weights);
        Backward(pass, module.Parameters.View<TWeight>(operands), masters, module.Parameters.View<TGradient>(gradient), ids, dLogits, dX, dY);
        GC.KeepAlive(weights);
        GC.KeepAlive(operands);
        GC.KeepAlive(gradient);
    }

    /// <summary>
    /// One arena for a compiled step: scratch, kept activations, logits, the residual stream's gradient and room for another. In decoding the last three have a
    /// row a sequence.
    /// </summary>
    private (Pass<T> Pass, Matrix<T> Logits, (Matrix<T> DX, Matrix<T> DY) Gradients) Lend(Workspace workspace, PassSettings settings, KernelKeyValueCache<T>? cache = null)
    {
        var tokens = settings.Tokens;
        var rows = cache?.Chosen.Length ?? tokens;
        var scratch = workspace.Elements<T>(((ScratchPerToken + SavedPerToken) * tokens) + ((Vocab + (2L * Dim) + 32L) * rows));
        var saved = scratch + (nint)(ScratchPerToken * tokens);
        var logits = saved + (nint)(SavedPerToken * tokens);
        var gradients = logits + (nint)((Vocab + 15) / 16 * 16 * (long)rows);
        return (Pass(settings, workspace, saved, scratch, cache), new Matrix<T>(logits, rows, Vocab), Gradients(gradients, rows));
    }

    private (Matrix<T> DX, Matrix<T> DY) Gradients(T* memory, int rows) =>
        (new Matrix<T>(memory, rows, Dim), new Matrix<T>(memory + ((nint)rows * Dim), rows, Dim));

    private Matrix<int> Ids(Tensor ids, Workspace workspace)
    {
        var tokens = checked((int)ids.numel());
        var copy = workspace.Indices(0, 1, tokens, tokens);
        var source = TensorMemory.Matrix<long>(ids.view(1, tokens)).Row(0);
        for (var i = 0; i < tokens; i++)
        {
            copy.Row(0)[i] = checked((int)source[i]);
        }

        return copy;
    }

    void ILendsMemory.Release()
    {
        _workspaces.Release();
        _products.Release();
    }

    private Pass<T> Pass(PassSettings settings, Workspace workspace, T* saved, T* scratch, KernelKeyValueCache<T>? cache = null) => new(module, settings, workspace)
    {
        Cache = cache,
        Saved = new Arena<T>(saved, settings.Tokens),
        Scratch = new Arena<T>(scratch, settings.Tokens),
        BlockRows = ProductMemory<TWeight>.BlockRows,
    };
}
