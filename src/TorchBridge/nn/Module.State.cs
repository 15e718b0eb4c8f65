namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module's state by name.</summary>
        public partial class Module
        {
            /// <summary>
            /// The parameters and persistent buffers of this module and those below, under dotted names; the tensors themselves, not copies.
            /// </summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (key, parameter) in named_parameters()) destination.TryAdd(Prefixed(prefix, key), parameter);
                foreach (var (key, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(Prefixed(prefix, key), buffer);
                foreach (var (key, module) in _internal_submodules) module.state_dict(destination, Prefixed(prefix, key));
                return destination;
            }

            /// <summary>Copies values into the parameters and buffers, by name.</summary>
            /// <exception cref="InvalidOperationException">The names differ, and <paramref name="strict"/> is true.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source,
                bool strict = true,
                IList<string>? skip = null)
            {
                var destination = state_dict();
                bool Kept(string key) => skip is null || !skip.Contains(key);
                List<string> unexpected = [.. source.Keys.Where(key => Kept(key) && !destination.ContainsKey(key))];
                List<string> missing = [.. destination.Keys.Where(key => Kept(key) && !source.ContainsKey(key))];
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary."
                        + $" Missing: {string.Join(", ", missing)}. Unexpected: {string.Join(", ", unexpected)}.");

                using var noGrad = no_grad();
                foreach (var (key, value) in source)
                    if (Kept(key) && destination.TryGetValue(key, out var target))
                        target.copy_(value);
                return (missing, unexpected);
            }

            private static string Prefixed(string? prefix, string key) => string.IsNullOrEmpty(prefix) ? key : $"{prefix}.{key}";
        }
    }
}
