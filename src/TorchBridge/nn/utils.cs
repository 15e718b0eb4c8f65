using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What is done to all parameters at once.</summary>
        public static partial class utils
        {
            /// <summary>Scales the gradients so that their common norm is at most <paramref name="max_norm"/>; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var gradients = tensors.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
                if (gradients.Count == 0) return 0;
                var p = (float)norm_type;
                var norm = double.IsPositiveInfinity(norm_type)
                    ? gradients.Max(gradient => gradient.abs().max().ToDouble())
                    : stack(gradients.Select(gradient => gradient.norm(p))).norm(p).ToDouble();
                var scale = max_norm / (norm + 1e-6);
                if (scale < 1)
                    foreach (var gradient in gradients) gradient.mul_(scale);
                return norm;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                foreach (var gradient in tensors.Select(parameter => parameter.grad).OfType<Tensor>()) gradient.clamp_(-clip_value, clip_value);
            }

            /// <summary>All parameters' values in one tensor of one dimension.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat(tensors.Select(parameter => parameter.reshape(-1)).ToArray()).MoveToOuterDisposeScope();
            }

            /// <summary>The reverse of <see cref="parameters_to_vector"/>.</summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var offset = 0L;
                foreach (var parameter in tensors)
                {
                    parameter.copy_(vec.narrow(0, offset, parameter.numel()).view_as(parameter));
                    offset += parameter.numel();
                }
            }
        }
    }
}
