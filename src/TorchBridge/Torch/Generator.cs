#pragma warning disable CA1816 // Dispose(bool) is TorchSharp's pattern
using TorchSharp.Native;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Sets the seed of the generators that random operations use by default.</summary>
    public static Generator manual_seed(long seed)
    {
        NativeMethods.Check(NativeMethods.bridge_manual_seed(seed));
        return Generator.Default;
    }

    public static long seed() => Generator.Default.seed();

    public static long initial_seed() => Generator.Default.initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    /// <summary>A source of random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        private nint handle;

        /// <summary>A new generator on the CPU.</summary>
        public Generator(ulong seed = 0, Device? device = null) : this(New(seed)) => this.device = device ?? CPU;

        private Generator(nint handle) => this.handle = handle;

        ~Generator() => Dispose(false);

        /// <summary>The generator that operations use when they are given none.</summary>
        public static Generator Default
        {
            get
            {
                void* shared;
                NativeMethods.Check(NativeMethods.bridge_generator_default(&shared));
                return new Generator((nint)shared);
            }
        }

        public IntPtr Handle => handle != 0 ? handle : throw new InvalidOperationException("The random generator has been disposed.");

        public Device device { get; } = CPU;

        public Tensor get_state()
        {
            nint state;
            NativeMethods.Check(NativeMethods.bridge_generator_get_state(Handle, &state));
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            NativeMethods.Check(NativeMethods.bridge_generator_set_state(Handle, value.Handle));
            GC.KeepAlive((this, value));
        }

        public Generator manual_seed(long seed)
        {
            NativeMethods.Check(NativeMethods.bridge_generator_set_seed(Handle, seed));
            return this;
        }

        /// <summary>Takes a seed from the machine's entropy, and returns it.</summary>
        public long seed() => NativeMethods.bridge_generator_seed(Handle);

        public long initial_seed() => NativeMethods.bridge_generator_initial_seed(Handle);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var held = Interlocked.Exchange(ref handle, 0);
            if (held != 0) NativeMethods.bridge_generator_free(held);
        }

        private static nint New(ulong seed)
        {
            void* made;
            NativeMethods.Check(NativeMethods.bridge_generator_new(seed, &made));
            return (nint)made;
        }
    }

    /// <summary>The default generator, under the name PyTorch gives its module.</summary>
    public static class random
    {
        public static long seed() => torch.seed();

        public static long initial_seed() => torch.initial_seed();

        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
