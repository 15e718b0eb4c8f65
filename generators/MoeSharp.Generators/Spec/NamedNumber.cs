namespace MoeSharp.Generators.Spec;

/// <summary>A constant with the name it was declared under.</summary>
internal sealed record NamedNumber(string Name, double Value);
