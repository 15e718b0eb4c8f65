using System.Runtime.InteropServices;

namespace MoeSharp.Data;

/// <summary>Finds the folder of documentation files that the .NET SDK ships beside its reference assemblies.</summary>
internal static class DocumentationPack
{
    private const string Pack = "Microsoft.NETCore.App.Ref";

    /// <summary>The documentation files, in ordinal order of their names.</summary>
    /// <param name="roots">Folders to try, best first; an SDK's root holds a <c>packs</c> folder.</param>
    /// <exception cref="TextDataException">None of the roots has documentation files.</exception>
    public static string[] Files(IEnumerable<string> roots)
    {
        foreach (var root in roots)
        {
            var pack = Path.Combine(root, "packs", Pack);
            if (!Directory.Exists(pack))
            {
                continue;
            }

            // Newest first; a pack without documentation, as some distributions cut it, does not hide an older one that has it.
            var versions = Directory.GetDirectories(pack).OrderByDescending(Version).ThenByDescending(Path.GetFileName, StringComparer.Ordinal);
            foreach (var version in versions)
            {
                var files = FilesOfVersion(version);
                if (files.Length > 0)
                {
                    return files;
                }
            }
        }

        throw new TextDataException(
            $"This .NET SDK ships no API documentation (no .xml file under packs/{Pack}/<version>/ref in its folder). "
            + "Use --data DIR to train on any directory of text.");
    }

    /// <summary>The roots of the SDK that runs this process, likeliest first.</summary>
    public static IEnumerable<string> Roots()
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/ is where the running framework lives.
        var runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        string?[] candidates =
        [
            Path.GetFullPath(Path.Combine(runtime, "..", "..", "..")),
            Path.GetDirectoryName(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")),
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            Path.GetDirectoryName(Environment.ProcessPath),
        ];
        return candidates.Where(candidate => !string.IsNullOrEmpty(candidate)).Select(candidate => candidate!).Distinct(StringComparer.Ordinal);
    }

    // ref/<framework>/*.xml: a version has one framework; the files in deeper folders would be translations.
    private static string[] FilesOfVersion(string version)
    {
        var reference = Path.Combine(version, "ref");
        if (!Directory.Exists(reference))
        {
            return [];
        }

        var files = Directory.GetDirectories(reference).SelectMany(framework => Directory.GetFiles(framework, "*.xml")).ToArray();
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    // 10.0.12 after 9.0.1, and a release after its previews.
    private static (Version Number, bool Release) Version(string directory)
    {
        var name = Path.GetFileName(directory);
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        var number = dash < 0 ? name : name[..dash];
        return (System.Version.TryParse(number, out var version) ? version : new Version(0, 0), dash < 0);
    }
}
