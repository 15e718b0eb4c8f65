namespace MoeSharp.Generators;

/// <summary>Names of the pipeline's steps, by which tests ask why a step ran.</summary>
internal static class TrackingNames
{
    public const string Specs = nameof(Specs);
    public const string Check = nameof(Check);
}
