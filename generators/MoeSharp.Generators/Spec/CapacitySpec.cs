namespace MoeSharp.Generators.Spec;

/// <summary>The most pairs an expert takes, as a multiple of the mean load, and which go first beyond it.</summary>
internal sealed record CapacitySpec(double Factor, DropOrder By);

/// <summary>The most pairs a device's experts take together, and the part of the sequences that nothing is dropped of.</summary>
internal sealed record DeviceCapacitySpec(double Factor, int Devices, double Exempt);
