#nullable disable // as in TorchSharp
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Stochastic gradient descent, with momentum if asked for.</summary>
        public class SGD : OptimizerHelper
        {
            private readonly Options defaults;
            private readonly Dictionary<Parameter, Tensor> momenta = new(ReferenceEqualityComparer.Instance);

            public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
                bool nesterov = false,
                bool maximize = false)
                : this([new ParamGroup { Parameters = [.. parameters] }], lr, momentum, dampening, weight_decay, nesterov, maximize)
            {
            }

            public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0,
                bool nesterov = false, bool maximize = false)
            {
                defaults = new Options
                {
                    LearningRate = lr,
                    momentum = momentum,
                    dampening = dampening,
                    weight_decay = weight_decay,
                    nesterov = nesterov,
                    maximize = maximize,
                };
                foreach (var group in parameters) add_param_group(group);
            }

            public override Tensor step(Func<Tensor> closure = null) => _step<ParamGroup>(group => Step(group.Options, group.Parameters), closure);

            public override void add_param_group(Modules.ParamGroup param_group)
            {
                var options = ((ParamGroup)param_group).Options ??= new Options();
                options.LearningRate ??= defaults.LearningRate;
                options.momentum ??= defaults.momentum;
                options.dampening ??= defaults.dampening;
                options.weight_decay ??= defaults.weight_decay;
                options.nesterov ??= defaults.nesterov;
                options.maximize ??= defaults.maximize;
                options.InitialLearningRate = options.LearningRate.Value;
                base.add_param_group(param_group);
            }

            protected override void Dispose(bool disposing)
            {
                base.Dispose(disposing);
                if (!disposing) return;
                foreach (var momentum in momenta.Values) momentum.Dispose();
                momenta.Clear();
            }

            private void Step(Options options, IEnumerable<Parameter> parameters)
            {
                double lr = options.LearningRate.Value, momentum = options.momentum.Value;
                foreach (var parameter in parameters)
                {
                    var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (options.weight_decay.Value != 0) gradient = gradient.add(parameter, options.weight_decay.Value);
                    if (momentum != 0)
                    {
                        if (momenta.TryGetValue(parameter, out var buffer)) buffer.mul_(momentum).add_(gradient, 1 - options.dampening.Value);
                        else momenta[parameter] = buffer = gradient.clone().detach().DetachFromDisposeScope();
                        gradient = options.nesterov.Value ? gradient.add(buffer, momentum) : buffer;
                    }

                    parameter.add_(gradient, options.maximize.Value ? lr : -lr);
                }
            }

            public class Options : OptimizerOptions
            {
                public double? momentum;
                public double? dampening;
                public double? weight_decay;
                public bool? nesterov;
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

                public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double momentum = 0, double dampening = 0,
                    double weight_decay = 0,
                    bool nesterov = false, bool maximize = false)
                    : base(
                        parameters,
                        new Options
                        {
                            LearningRate = lr,
                            momentum = momentum,
                            dampening = dampening,
                            weight_decay = weight_decay,
                            nesterov = nesterov,
                            maximize = maximize,
                        })
                {
                }
            }
        }
    }

    public static partial class torch
    {
        public static partial class optim
        {
            public static Modules.SGD SGD(IEnumerable<Modules.Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static Modules.SGD SGD(IEnumerable<(string name, Modules.Parameter parameter)> parameters, double learningRate,
                double momentum = 0,
                double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            public static Modules.SGD SGD(IEnumerable<Modules.SGD.ParamGroup> parameters, double learningRate, double momentum = 0,
                double dampening = 0,
                double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}
