using MoeSharp.Data;

namespace MoeSharp.Tests.Training;

/// <summary>A few hundred bytes of text.</summary>
internal static class TinyCorpus
{
    /// <summary>Lines that say which one they are.</summary>
    public static TextCorpus Create(string word = "line") =>
        TextCorpus.Split([new TextDocument("text", [.. Enumerable.Range(0, 60).Select(i => $"{word} {i} of sixty")])], validationShare: 0.1);
}
