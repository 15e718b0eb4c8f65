using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Modules one after another. Without names they are called 0, 1, 2, ….</summary>
        public class Sequential : nn.Module<Tensor, Tensor>
        {
            private readonly List<nn.IModule<Tensor, Tensor>> list = [];

            public Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules) : base(nameof(Sequential))
            {
                foreach (var (key, module) in modules) append(key, module);
            }

            public Sequential(params nn.Module<Tensor, Tensor>[] modules) : base(nameof(Sequential))
            {
                foreach (var module in modules) append(module);
            }

            public int Count => list.Count;

            public nn.IModule<Tensor, Tensor> this[int index] => list[index];

            public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
            {
                list.Add(module);
                register_module(name, (nn.Module)module);
                return this;
            }

            public Sequential append(nn.IModule<Tensor, Tensor> module) => append(list.Count.ToString(), module);

            /// <summary>Calls the modules in order, and disposes what each hands to the next.</summary>
            public override Tensor forward(Tensor tensor)
            {
                if (list.Count == 0) return tensor.alias();
                var result = list[0].call(tensor);
                foreach (var module in list.Skip(1))
                {
                    var next = module.call(result);
                    result.Dispose();
                    result = next;
                }

                return result;
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());

            public static Modules.Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) => new(modules);

            public static Modules.Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

            public static Modules.Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) =>
                new(modules.ToArray());

            public static Modules.Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules.ToArray());
        }
    }
}
