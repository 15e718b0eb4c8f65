#nullable disable // as in TorchSharp
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101).</summary>
        public class AdamW : OptimizerHelper
        {
            private readonly Options defaults;
            private readonly Dictionary<Parameter, State> states = new(ReferenceEqualityComparer.Instance);

            public AdamW(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : this([new ParamGroup { Parameters = [.. parameters] }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
            {
            }

            public AdamW(IEnumerable<ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
                double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            {
                defaults = new Options
                {
                    LearningRate = lr,
                    InitialLearningRate = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                    amsgrad = amsgrad,
                    maximize = maximize,
                };
                foreach (var group in parameters) add_param_group(group);
            }

            public override Tensor step(Func<Tensor> closure = null) => _step<ParamGroup>(group => Step(group.Options, group.Parameters), closure);

            public override void add_param_group(Modules.ParamGroup param_group)
            {
                var options = ((ParamGroup)param_group).Options ??= new Options();
                options.LearningRate ??= defaults.LearningRate;
                options.beta1 ??= defaults.beta1;
                options.beta2 ??= defaults.beta2;
                options.eps ??= defaults.eps;
                options.weight_decay ??= defaults.weight_decay;
                options.amsgrad ??= defaults.amsgrad;
                options.maximize ??= defaults.maximize;
                options.InitialLearningRate = options.LearningRate.Value;
                base.add_param_group(param_group);
                foreach (var parameter in param_group.Parameters) states[parameter] = new State(parameter, options.amsgrad.Value);
            }

            protected override void Dispose(bool disposing)
            {
                base.Dispose(disposing);
                if (!disposing) return;
                foreach (var state in states.Values) state.Dispose();
                states.Clear();
            }

            private void Step(Options options, IEnumerable<Parameter> parameters)
            {
                double lr = options.LearningRate.Value, beta1 = options.beta1.Value, beta2 = options.beta2.Value;
                foreach (var parameter in parameters)
                {
                    var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (options.maximize.Value) gradient = -gradient;
                    parameter.mul_(1 - (lr * options.weight_decay.Value));
                    var state = states[parameter];
                    state.Count++;
                    state.Mean.mul_(beta1).add_(gradient, 1 - beta1);
                    state.Square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
                    var square = state.Square;
                    if (options.amsgrad.Value)
                    {
                        state.Largest.copy_(maximum(state.Largest, state.Square));
                        square = state.Largest;
                    }

                    var denominator = (square.sqrt() / Math.Sqrt(1 - Math.Pow(beta2, state.Count))).add_(options.eps.Value);
                    parameter.addcdiv_(state.Mean, denominator, -lr / (1 - Math.Pow(beta1, state.Count)));
                }
            }

            public class Options : OptimizerOptions
            {
                public double? beta1;
                public double? beta2;
                public double? weight_decay;
                public double? eps;
                public bool? amsgrad;
                public bool? maximize;
            }

            public class ParamGroup : ParamGroup<Options>
            {
                public ParamGroup()
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
                {
                }

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8,
                    double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                    : base(
                        parameters,
                        new Options
                        {
                            LearningRate = lr,
                            beta1 = beta1,
                            beta2 = beta2,
                            eps = eps,
                            weight_decay = weight_decay,
                            amsgrad = amsgrad,
                            maximize = maximize,
                        })
                {
                }
            }

            private sealed class State : IDisposable
            {
                public State(Parameter parameter, bool amsgrad)
                {
                    using var noGrad = no_grad();
                    Mean = zeros_like(parameter).DetachFromDisposeScope();
                    Square = zeros_like(parameter).DetachFromDisposeScope();
                    if (amsgrad) Largest = zeros_like(parameter).DetachFromDisposeScope();
                }

                public long Count { get; set; }

                public Tensor Mean { get; }

                public Tensor Square { get; }

                public Tensor Largest { get; }

                public void Dispose()
                {
                    Mean.Dispose();
                    Square.Dispose();
                    Largest?.Dispose();
                }
            }
        }
    }

    public static partial class torch
    {
        public static partial class optim
        {
            public static Modules.AdamW AdamW(IEnumerable<Modules.Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Modules.AdamW AdamW(IEnumerable<(string name, Modules.Parameter parameter)> parameters, double lr = 0.001,
                double beta1 = 0.9,
                double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Modules.AdamW AdamW(IEnumerable<Modules.AdamW.ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
