namespace MoeSharp.Generators.Emission;

/// <summary>One generated source file.</summary>
/// <param name="HintName">Unique in a compilation, ending in <c>.g.cs</c>.</param>
/// <param name="Text">The source, with LF.</param>
internal sealed record GeneratedFile(string HintName, string Text);
