using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoeSharp.Modules;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The rate at which both cores read, write and copy memory that is in no cache.</summary>
internal sealed unsafe class Bandwidth : IDisposable
{
    private const int Parts = 64;
    private const long Bytes = 1L << 30;

    private readonly Tensor _buffer = LargeTensor.Zeros(Bytes / sizeof(float), ScalarType.Float32);
    private readonly float[] _sums = new float[Parts];

    /// <summary>Bytes a second, reading.</summary>
    public double Read() => Rate(static (memory, count) =>
    {
        // Eight sums: enough loads in flight.
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (nint i = 0; i < count; i += 128)
        {
            // Ahead of the loads: the fastest loop found. Beyond the end it asks in vain.
            for (var line = 0; line < 128 && Sse.IsSupported; line += 16)
            {
                Sse.Prefetch0(memory + i + 1024 + line);
            }

            s0 += Vector512.Load(memory + i);
            s1 += Vector512.Load(memory + i + 16);
            s2 += Vector512.Load(memory + i + 32);
            s3 += Vector512.Load(memory + i + 48);
            s4 += Vector512.Load(memory + i + 64);
            s5 += Vector512.Load(memory + i + 80);
            s6 += Vector512.Load(memory + i + 96);
            s7 += Vector512.Load(memory + i + 112);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7);
    });

    /// <summary>Bytes a second, writing.</summary>
    public double Write() => Rate(static (memory, count) =>
    {
        new Span<float>(memory, (int)count).Clear();
        return 0;
    });

    /// <summary>Bytes a second, those read and those written together, copying: the most of both that memory gives, since it does them at once.</summary>
    public double Copy() => Rate(static (memory, count) =>
    {
        var copy = memory + (count / 2);
        for (nint i = 0; i < count / 2; i += 64)
        {
            for (var line = 0; line < 64 && Sse.IsSupported; line += 16)
            {
                Sse.Prefetch0(memory + i + 1024 + line);
            }

            // Past the caches, so that a line need not be read before it is written: the fastest loop found.
            Vector512.Load(memory + i).StoreAlignedNonTemporal(copy + i);
            Vector512.Load(memory + i + 16).StoreAlignedNonTemporal(copy + i + 16);
            Vector512.Load(memory + i + 32).StoreAlignedNonTemporal(copy + i + 32);
            Vector512.Load(memory + i + 48).StoreAlignedNonTemporal(copy + i + 48);
        }

        return 0;
    });

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private delegate float Pass(float* memory, nint count);

    private double Rate(Pass pass)
    {
        var memory = TensorMemory.Pointer<float>(_buffer);
        var count = (nint)(Bytes / sizeof(float) / Parts);
        var watch = Stopwatch.StartNew();
        Workers.Shared.Run(Parts, part => _sums[part] = pass(memory + (part * count), count));
        return Bytes / watch.Elapsed.TotalSeconds;
    }
}
