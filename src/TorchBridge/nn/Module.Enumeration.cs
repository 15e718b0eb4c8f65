using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What a module has, in the order of registration; a tensor that two names share comes once, under the first.</summary>
        public partial class Module
        {
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<nint> { 0 };
                foreach (var (key, (buffer, persistent)) in _internal_buffers)
                    if (persistent && seen.Add(buffer.handle))
                        yield return (key, buffer);
                if (!recurse) yield break;
                foreach (var (prefix, module) in _internal_submodules)
                    foreach (var (key, buffer) in module.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer.handle))
                            yield return ($"{prefix}.{key}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(pair => pair.buffer);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<nint> { 0 };
                foreach (var pair in _internal_params)
                    if (seen.Add(pair.Item2.handle))
                        yield return pair;
                if (!recurse) yield break;
                foreach (var (prefix, module) in _internal_submodules)
                    foreach (var (key, parameter) in module.named_parameters(true))
                        if (seen.Add(parameter.handle))
                            yield return ($"{prefix}.{key}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(pair => pair.parameter);

            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            /// <summary>The modules below this one, without this one (PyTorch counts it in).</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var pair in _internal_submodules) yield return pair;
                foreach (var (prefix, module) in _internal_submodules)
                    foreach (var (key, inner) in module.named_modules())
                        yield return ($"{prefix}.{key}", inner);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(pair => pair.module);

            public virtual IEnumerable<Module> children() => named_children().Select(pair => pair.module);

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual Tensor? get_buffer(string target)
            {
                ArgumentNullException.ThrowIfNull(target);
                return _internal_buffers.TryGetValue(target, out var entry) ? entry.Item1 : Below(target, (module, rest) => module.get_buffer(rest));
            }

            public virtual Parameter? get_parameter(string target) =>
                _internal_params.TryGetValue(target, out var parameter) ? parameter : Below(target, (module, rest) => module.get_parameter(rest));

            protected virtual (string name, Parameter parameter)[] _named_parameters() => [.. named_parameters(false)];

            protected virtual (string name, Tensor buffer)[] _named_buffers() => [.. named_buffers(false)];

            protected virtual Parameter[] _parameters(bool recurse = true) => [.. parameters(recurse)];

            private T? Below<T>(string target, Func<Module, string, T?> find) where T : class
            {
                var dot = target.IndexOf('.');
                if (dot < 0) return null;
                var rest = target[(dot + 1)..];
                return named_children().Where(child =>
                    child.name == target[..dot]).Select(child => find(child.module, rest)).FirstOrDefault(found => found is not null);
            }
        }
    }
}
