#nullable disable // as in TorchSharp
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>TorchScript from source.</summary>
    public static unsafe partial class jit
    {
        private const int MostResults = 64;

        /// <summary>Compiles TorchScript functions.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">The source does not compile; the message shows where.</exception>
        public static CompilationUnit compile(string script)
        {
            if (string.IsNullOrEmpty(script)) throw new ArgumentNullException(nameof(script), "empty script");
            using var texts = new NativeMethods.NativeTexts([script]);
            nint unit;
            NativeMethods.Check(NativeMethods.bridge_jit_compile(texts[0], &unit));
            return new CompilationUnit(unit);
        }

        /// <summary>Compiled functions, called by name.</summary>
        public class CompilationUnit : IDisposable
        {
            private nint handle;

            internal CompilationUnit(nint handle) => this.handle = handle;

            ~CompilationUnit() => Dispose(false);

            /// <summary>
            /// Calls a function with tensors, scalars, numbers, truth values, tensor arrays or null; returns a tensor, a tuple, a tensor array, a
            /// number.
            /// </summary>
            public object invoke(string name, params object[] objs)
            {
                if (string.IsNullOrEmpty(name)) throw new ArgumentNullException(nameof(name), "method name");
                ObjectDisposedException.ThrowIf(handle == 0, this);
                var arguments = objs.Select(ToArg).ToArray();
                var results = new Value[MostResults];
                int count = 0, shape = 0;
                using var texts = new NativeMethods.NativeTexts([name]);
                Op.WithValues(arguments, (values, length) =>
                {
                    int found, kind;
                    fixed (Value* r = results)
                        NativeMethods.Check(NativeMethods.bridge_jit_invoke(handle, texts[0], values, length, r, MostResults, &found, &kind));
                    (count, shape) = (found, kind);
                });
                GC.KeepAlive(this);
                var objects = results.Take(count).Select(ToObject).ToArray();
                return shape switch
                {
                    0 => objects[0],
                    2 => objects.Cast<Tensor>().ToArray(),
                    _ => Tuple(objects),
                };
            }

            public TResult invoke<TResult>(string name, params object[] inputs) => (TResult)invoke(name, inputs);

            public TResult invoke<T, TResult>(string name, params T[] inputs) => (TResult)invoke(name, inputs.Cast<object>().ToArray());

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                var held = Interlocked.Exchange(ref handle, 0);
                if (held != 0) NativeMethods.bridge_jit_free(held);
            }

            private static Arg ToArg(object value) => value switch
            {
                null => default,
                Tensor tensor => tensor,
                Scalar scalar => scalar,
                float number => number,
                double number => number,
                bool truth => truth,
                int number => number,
                long number => number,
                Tensor[] tensors => tensors,
                _ => throw new NotSupportedException($"Passing arguments of type {value.GetType().Name} to TorchScript."),
            };

            private static object ToObject(Value value) => value.Tag switch
            {
                Tag.None => null,
                Tag.Tensor => new Tensor((nint)value.Integer),
                Tag.TensorList => Op.TakeList(value),
                _ => Scalar.Of(value),
            };

            // Tuples of up to five tensors are tuples of C#; everything else is an array.
            private static object Tuple(object[] values)
            {
                if (!Array.TrueForAll(values, value => value is Tensor)) return values;
                var t = values.Cast<Tensor>().ToArray();
                return t.Length switch
                {
                    1 => t[0],
                    2 => (t[0], t[1]),
                    3 => (t[0], t[1], t[2]),
                    4 => (t[0], t[1], t[2], t[3]),
                    5 => (t[0], t[1], t[2], t[3], t[4]),
                    _ => t,
                };
            }
        }
    }
}
