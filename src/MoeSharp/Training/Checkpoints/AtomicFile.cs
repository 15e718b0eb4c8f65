namespace MoeSharp.Training;

/// <summary>Files that are whole or not there at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file beside its place, flushes it to the disk and renames it into place, which is atomic. On failure what was there stays.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = path + ".tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure)
        {
            Discard(temporary);
            if (failure is (IOException or UnauthorizedAccessException) and not CheckpointException)
            {
                throw new CheckpointException($"{path} cannot be written: {failure.Message}", failure);
            }

            throw;
        }
    }

    // The first failure is the one to report.
    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }
}
