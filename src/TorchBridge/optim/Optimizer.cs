#nullable disable // as in TorchSharp
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Optimisers written over tensor operations, as TorchSharp's are.</summary>
    public static partial class optim
    {
        /// <summary>Changes parameters after their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            private protected readonly List<ParamGroup> _parameter_groups = [];

            private protected Optimizer()
            {
            }

            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            public virtual void zero_grad()
            {
            }

            public virtual Tensor step(Func<Tensor> closure = null) => null;

            public virtual IEnumerable<Parameter> parameters() => [];

            public virtual void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }
        }

        /// <summary>Something with a learning rate, which a scheduler changes.</summary>
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }
    }
}
