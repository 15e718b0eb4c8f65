namespace MoeSharp.Training;

/// <summary>This process, as a user starts it.</summary>
internal static class ThisProgram
{
    /// <summary>What to type before the arguments, from the current directory.</summary>
    public static string Command
    {
        get
        {
            var host = Environment.ProcessPath is { } path ? Path.GetRelativePath(Environment.CurrentDirectory, path) : AppDomain.CurrentDomain.FriendlyName;
            if (Path.GetFileNameWithoutExtension(host) == "dotnet")
            {
                return $"dotnet {Quoted(Path.GetRelativePath(Environment.CurrentDirectory, Environment.GetCommandLineArgs()[0]))}";
            }

            return Quoted(host.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? host : Path.Combine(".", host));
        }
    }

    private static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
