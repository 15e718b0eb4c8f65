using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// A decoder-only language model: what <c>[Transformer]</c> generates. <c>forward</c> is a module like any other; <see cref="Step"/> is the compiled
/// training step, which needs no autograd and adds to one flat gradient.
/// </summary>
public abstract class TransformerModule(ModelDescription description, ParameterLayout layout, GateInfo? gates) : FlatModule(description.Name, layout, gates)
{
    /// <summary>What was declared: sizes, card, configuration, training recipe.</summary>
    public ModelDescription Description => description;

    /// <summary>The logits of every position.</summary>
    /// <param name="input">Token ids, int64, <c>[B, S]</c> or <c>[S]</c>; S is at most the declared Context.</param>
    /// <returns><c>[B, S, vocab]</c> or <c>[S, vocab]</c>.</returns>
    /// <exception cref="ArgumentException">Type, shape or an id is out of range.</exception>
    public override Tensor forward(Tensor input)
    {
        Check(input);
        var shape = input.shape;
        var settings = Drawing(new PassSettings(checked((int)input.numel()), checked((int)shape[^1]), training) { AuxiliaryScale = AuxiliaryLossScale });
        var call = new Call
        {
            Module = this,
            Settings = settings,
            OutputShape = [.. shape, description.Vocab],
            Program = Program(),
        };
        return ModuleFunction.Run(call, input);
    }

    /// <summary>
    /// Forward, loss and backward of a batch, compiled: adds the gradient of <c>lossScale·Σ CE + auxiliaryScale·Σ balance losses</c> to
    /// <see cref="FlatParameters.Gradient"/>, and the tokens of each expert to <see cref="FlatModule.Loads"/>.
    /// </summary>
    /// <param name="windows">Token ids <c>[batch, sequence + 1]</c>: each predicts the one after it. The last of a window, which is a target alone, may be −100: it is left out.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="lossScale">Usually 1 over the predicted tokens of all micro-batches of a step.</param>
    /// <param name="auxiliaryScale">Usually 1 over the number of micro-batches.</param>
    /// <exception cref="ArgumentException">The windows do not fit the batch, the context or the vocabulary.</exception>
    public StepResult Step(ReadOnlySpan<int> windows, int batch, double lossScale, double auxiliaryScale)
    {
        Check(windows, batch);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Program().Step(windows, batch, lossScale, auxiliaryScale);
    }

    /// <summary>
    /// Counts what the gates will choose in all micro-batches of a step, by running forward over them, where a balance loss is over the step's whole batch: call it
    /// before the <see cref="Step"/> of the first. It holds until <see cref="FlatModule.UpdateBalance"/>, moves no counter, and uses the random numbers that the steps
    /// will use. Where no loss asks, it does nothing; without it each micro-batch is a batch of its own.
    /// </summary>
    /// <param name="windows">The token ids of all micro-batches, <c>[microBatches, batch, sequence + 1]</c>.</param>
    /// <param name="batch">Sequences in a micro-batch.</param>
    /// <param name="microBatches">Micro-batches.</param>
    /// <exception cref="ArgumentException">The windows do not fit the batch, the context or the vocabulary.</exception>
    public void CountStep(ReadOnlySpan<int> windows, int batch, int microBatches)
    {
        if (Gates is not { CountsSteps: true } gates)
        {
            return;
        }

        Check(windows, checked(batch * microBatches));
        using var noGrad = no_grad();
        var counts = new StepCounts(gates.Layers);
        for (var part = 0; part < microBatches; part++)
        {
            using var scope = NewDisposeScope();
            var length = windows.Length / microBatches;
            var key = (GateRandomState with { Calls = GateRandomState.Calls + part }).Key;
            var log = new RoutingLog(gates.Layers, gates.Experts, gates.FirstLayer);
            counts.Add(Program().Count(windows.Slice(part * length, length), batch, log, key));
        }

        StepCounts = counts;
    }

    /// <summary>Has the memory of a step of so many sequences allocated, so that a batch there is no room for is known of before the step.</summary>
    internal void Reserve(int batch, int sequence) => Program().Reserve(batch, sequence);

    /// <summary>The cross-entropy of a batch of windows, as in <see cref="Step"/>. Moves no counter and no gradient.</summary>
    /// <param name="windows">Token ids <c>[batch, sequence + 1]</c>.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="counted">How many of the last targets of each window count, <c>[batch]</c>: what comes before them is context. Empty is all.</param>
    /// <exception cref="ArgumentException">The windows do not fit the batch, the context or the vocabulary, or a count its window.</exception>
    public StepResult Evaluate(ReadOnlySpan<int> windows, int batch, ReadOnlySpan<int> counted = default)
    {
        Check(windows, batch);
        var sequence = (windows.Length / batch) - 1;
        if ((counted.Length != 0 && counted.Length != batch) || counted.ContainsAnyExceptInRange(0, sequence))
        {
            throw new ArgumentException($"The counts must be one a window, {batch} in all, each from 0 to {sequence}.", nameof(counted));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Program().Evaluate(windows, batch, counted);
    }

    /// <summary>Samples token ids one after the other, each from <c>softmax(logits / temperature)</c>. Moves no counter.</summary>
    /// <remarks>The keys and values of what came before are kept: see <see cref="Decoder"/>, and what it says of texts longer than Context.</remarks>
    /// <param name="prompt">What comes before; at least one id. Only the last Context ids are looked at.</param>
    /// <param name="count">How many to sample.</param>
    /// <param name="temperature">0 takes the most probable.</param>
    /// <param name="random">Where the chances come from.</param>
    /// <returns>The sampled ids, without the prompt.</returns>
    /// <exception cref="ArgumentException">The prompt is empty, or an id is outside of the vocabulary.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is not finite: the weights hold NaN or infinity.</exception>
    public IReadOnlyList<int> Generate(IReadOnlyList<int> prompt, int count, double temperature, Random random)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Generate([prompt], count, temperature, random)[0];
    }

    /// <summary>Goes on with several prompts side by side, which may be of different lengths. Each sequence is what it would be alone, but for the chances.</summary>
    /// <param name="prompts">What comes before; at least one id each. Only the last Context ids are looked at.</param>
    /// <param name="count">How many ids to sample for each.</param>
    /// <param name="temperature">0 takes the most probable.</param>
    /// <param name="random">Where the chances come from: for a token of every sequence in turn, then for the next.</param>
    /// <returns>The sampled ids of each, without the prompts.</returns>
    /// <exception cref="ArgumentException">There is no prompt, one is empty, or an id is outside of the vocabulary.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is not finite: the weights hold NaN or infinity.</exception>
    public IReadOnlyList<IReadOnlyList<int>> Generate(IReadOnlyList<IReadOnlyList<int>> prompts, int count, double temperature, Random random)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(temperature);
        if (prompts.Count == 0 || prompts.Any(prompt => prompt is not { Count: > 0 }))
        {
            throw new ArgumentException("A prompt of at least one token is needed to sample after.", nameof(prompts));
        }

        var sampled = prompts.Select(_ => new List<int>(count)).ToArray();
        if (count == 0)
        {
            return sampled;
        }

        using var decoder = Decode(prompts.Count);
        for (var sequence = 0; sequence < prompts.Count; sequence++)
        {
            decoder.Start(sequence, [.. prompts[sequence]]);
        }

        var next = new int[prompts.Count];
        while (true)
        {
            for (var sequence = 0; sequence < next.Length; sequence++)
            {
                next[sequence] = Sampling.Draw(decoder.Logits(sequence), temperature, random);
                sampled[sequence].Add(next[sequence]);
            }

            if (sampled[0].Count == count)
            {
                return sampled;
            }

            decoder.Append(next);
        }
    }

    /// <summary>Sequences to go on with token by token, their keys and values kept: for a sampling loop of one's own.</summary>
    /// <param name="sequences">How many side by side.</param>
    public Decoder Decode(int sequences = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequences);
        return new Decoder(this, Program(), sequences);
    }

    /// <summary>Names the first layer whose output is not finite for these windows: for the message of a run that met NaN.</summary>
    public string LocateNonFinite(ReadOnlySpan<int> windows, int batch)
    {
        Check(windows, batch);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Program().FirstNonFinite(windows, batch) switch
        {
            null => "the forward pass is finite again; the gradients were not",
            -1 => "the embedding",
            var layer when layer == description.Layers => "the head",
            var layer => $"layer {layer}",
        };
    }

    /// <summary>The CPU lowering, in float.</summary>
    protected abstract TransformerProgram KernelsFloat();

    /// <summary>The CPU lowering, in double.</summary>
    protected abstract TransformerProgram KernelsDouble();

    /// <summary>The CPU lowering of a model in bfloat16.</summary>
    protected abstract TransformerProgram KernelsBFloat16();

    /// <summary>The CPU lowering of a model in float whose products are in bfloat16.</summary>
    protected abstract TransformerProgram KernelsMixed();

    /// <summary>The lowering to TorchSharp's operations.</summary>
    protected abstract TransformerProgram TorchOperations();

    /// <summary>Whether this is the form that runs now.</summary>
    internal bool Runs(TransformerProgram program) => ReferenceEquals(program, Program());

    private TransformerProgram Program() => Program(
        description.Recipe.Precision == Precision.BFloat16 ? KernelsMixed : KernelsFloat, KernelsDouble, KernelsBFloat16, TorchOperations);

    private void Check(Tensor input)
    {
        var shape = input.shape;
        if (input.dtype != ScalarType.Int64 || shape.Length is not (1 or 2) || input.numel() == 0 || shape[^1] > description.Context)
        {
            throw new ArgumentException(
                $"{GetName()} takes token ids, Int64 [B, S] or [S] with S from 1 to {description.Context}, and was given {input.dtype} [{string.Join(", ", shape)}]."
                + (input.numel() == 0 ? " At least one sequence is needed." : string.Empty),
                nameof(input));
        }

        using var scope = NewDisposeScope();
        var (lowest, highest) = (input.min().item<long>(), input.max().item<long>());
        if (lowest < 0 || highest >= description.Vocab)
        {
            throw new ArgumentException($"Token ids run from {lowest} to {highest}; {GetName()} knows 0 to {description.Vocab - 1}.", nameof(input));
        }
    }

    private void Check(ReadOnlySpan<int> windows, int batch)
    {
        if (batch < 1 || windows.Length % batch != 0 || windows.Length / batch < 2 || (windows.Length / batch) - 1 > description.Context)
        {
            throw new ArgumentException(
                $"{windows.Length} ids are no {batch} windows of 2 to {description.Context + 1} ids each (a sequence of at most Context = {description.Context} and the id after it).", nameof(windows));
        }

        var width = windows.Length / batch;
        for (var at = 0; at < windows.Length; at++)
        {
            var id = windows[at];
            if ((id < 0 || id >= description.Vocab) && !(id == -100 && at % width == width - 1))
            {
                throw new ArgumentException(
                    $"Token id {id} at place {at % width} of window {at / width} is outside of the vocabulary, 0 to {description.Vocab - 1}"
                    + (id == -100 ? "; only the last id of a window, which is a target alone, may be −100." : "."),
                    nameof(windows));
            }
        }
    }

    private sealed class Call : ModuleCall
    {
        public required TransformerProgram Program { get; init; }

        // A copy: who writes the next batch into the tensor of ids before backward does nothing wrong.
        public override Tensor Keep(Tensor input) => input.flatten().clone().MoveToOuterDisposeScope();

        public override Tensor Watch(Tensor weights, Tensor input)
        {
            using var nothing = weights.narrow(0, 0, 0);
            return nothing.view(Settings.Tokens, 0);
        }

        public override Tensor Forward(Tensor weights, Tensor input, List<Tensor>? saved) =>
            Program.Forward(weights, input.contiguous().view(-1), Settings, saved);

        protected override bool OverwritesExperts => Program.OverwritesExperts;

        public override bool KeepsOneBuffer => Program.KeepsOneBuffer;

        public override Tensor? Backward(Tensor weights, Tensor input, IReadOnlyList<Tensor> saved, Tensor outputGradient, Tensor gradient, bool fresh)
        {
            Program.Backward(weights, input, Settings with { FreshGradient = fresh }, saved, outputGradient, gradient);
            return null;
        }
    }
}
