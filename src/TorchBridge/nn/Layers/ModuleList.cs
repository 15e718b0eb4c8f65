#nullable disable // as in TorchSharp
using System.Collections;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>
        /// Modules in a list, called 0, 1, 2, …. They are registered when the module that holds the list registers it; later ones are not.
        /// </summary>
        public class ModuleList<T> : torch.nn.Module, IList<T> where T : torch.nn.Module
        {
            private readonly List<T> list = [];
            private bool registered;

            public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => list.AddRange(modules ?? []);

            public int Count => list.Count;

            public bool IsReadOnly => false;

            public T this[int index]
            {
                get => list[index];
                set => list[index] = value;
            }

            public void Add(T item) => list.Add(item);

            public void append(params T[] parameters) => list.AddRange(parameters ?? []);

            public void extend(IEnumerable<T> modules) => list.AddRange(modules);

            public void Clear() => list.Clear();

            public bool Contains(T item) => list.Contains(item);

            public void CopyTo(T[] array, int arrayIndex) => list.CopyTo(array, arrayIndex);

            public IEnumerator<T> GetEnumerator() => list.GetEnumerator();

            IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

            public int IndexOf(T item) => list.IndexOf(item);

            public void Insert(int index, T item) => list.Insert(index, item);

            public bool Remove(T item) => list.Remove(item);

            public void RemoveAt(int index) => list.RemoveAt(index);

            protected override void RegisterComponents()
            {
                if (registered) return;
                registered = true;
                for (var i = 0; i < list.Count; i++) register_module(i.ToString(), list[i]);
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static Modules.ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);
        }
    }
}
