using TorchSharp.Native;

namespace TorchSharp;

/// <summary>Whether this thread records, while the object lives; its disposal restores what was.</summary>
internal sealed class AutoGradMode : IDisposable
{
    private readonly bool before = IsEnabled;

    public AutoGradMode(bool enabled) => NativeMethods.bridge_set_grad_enabled(enabled ? 1 : 0);

    public static bool IsEnabled => NativeMethods.bridge_grad_enabled() != 0;

    public void Dispose() => NativeMethods.bridge_set_grad_enabled(before ? 1 : 0);
}

internal sealed unsafe class InferenceMode(bool mode) : IDisposable
{
    private nint guard = NativeMethods.bridge_inference_mode_enter(mode ? 1 : 0);

    public void Dispose()
    {
        var held = Interlocked.Exchange(ref guard, 0);
        if (held != 0) NativeMethods.bridge_inference_mode_leave((void*)held);
    }
}

/// <summary>Whether backward names the forward operation that failed, while the object lives.</summary>
public class AnomalyMode : IDisposable
{
    private readonly bool enabledBefore = IsEnabled;
    private readonly bool checkedBefore = ShouldCheckNaN;

    public AnomalyMode(bool enabled, bool check_nan = true) => NativeMethods.bridge_set_anomaly(enabled ? 1 : 0, check_nan ? 1 : 0);

    public static bool IsEnabled => NativeMethods.bridge_anomaly_enabled() != 0;

    public static bool ShouldCheckNaN => NativeMethods.bridge_anomaly_checks_nan() != 0;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) NativeMethods.bridge_set_anomaly(enabledBefore ? 1 : 0, checkedBefore ? 1 : 0);
    }
}

public static partial class torch
{
    /// <summary>Stops this thread from recording until the result is disposed.</summary>
    public static IDisposable no_grad() => new AutoGradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new AutoGradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new AutoGradMode(mode);

    public static bool is_grad_enabled() => AutoGradMode.IsEnabled;

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => NativeMethods.bridge_inference_mode_enabled() != 0;
}
