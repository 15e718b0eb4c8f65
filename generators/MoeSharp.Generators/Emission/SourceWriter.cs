using System.Text;

namespace MoeSharp.Generators.Emission;

/// <summary>Writes indented text with <c>\n</c> at the end of every line, whatever the machine.</summary>
internal sealed class SourceWriter
{
    private const string OneIndent = "    ";
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>An empty line; never two in a row, and none after an opening brace.</summary>
    public void Line()
    {
        if (_text.Length > 0 && !EndsWith("\n\n") && !EndsWith("{\n"))
        {
            _text.Append('\n');
        }
    }

    /// <summary>One line, or several where <paramref name="text"/> has line breaks, each at the current depth.</summary>
    public void Line(string text)
    {
        foreach (var line in text.Replace("\r\n", "\n").Split('\n'))
        {
            if (line.Length > 0)
            {
                for (var level = 0; level < _depth; level++)
                {
                    _text.Append(OneIndent);
                }

                _text.Append(line);
            }

            _text.Append('\n');
        }
    }

    /// <summary>A line with a comment that starts at a fixed column, so that the shapes stand below each other.</summary>
    public void Line(string code, string comment)
    {
        const int Column = 88;
        Line(code.PadRight(Math.Max(Column - (_depth * OneIndent.Length), code.Length + 1)) + "// " + comment);
    }

    /// <summary>Deepens the following lines until disposed.</summary>
    public Scope Indent()
    {
        _depth++;
        return new Scope(this, closing: null);
    }

    /// <summary>A header line, an opening brace and an indented body, closed by <paramref name="closing"/> when disposed.</summary>
    public Scope Block(string header, string closing = "}")
    {
        Line(header);
        Line("{");
        _depth++;
        return new Scope(this, closing);
    }

    public override string ToString() => _text.ToString();

    private bool EndsWith(string ending)
    {
        if (_text.Length < ending.Length)
        {
            return false;
        }

        for (var i = 0; i < ending.Length; i++)
        {
            if (_text[_text.Length - ending.Length + i] != ending[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An indented stretch of lines.</summary>
    internal readonly struct Scope(SourceWriter writer, string? closing) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            if (closing is not null)
            {
                writer.Line(closing);
            }
        }
    }
}
