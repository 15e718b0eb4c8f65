namespace MoeSharp;

/// <summary>
/// Declares that every token gets all the experts it chose, in training too: what is true without any word, said aloud, as a configuration file would. Beside a
/// recipe that drops tokens it takes that out: <c>[Switch] [Dropless]</c> is Switch without its capacity. Beside <see cref="CapacityAttribute"/> or
/// <see cref="DeviceCapacityAttribute"/> it is an error. MegaBlocks, arXiv 2211.15841, named it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DroplessAttribute : Attribute;
