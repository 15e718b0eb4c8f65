using System.Linq;
using System.Text;

namespace MoeSharp.Generators.Emission;

/// <summary>Writes indented text with <c>\n</c> at the end of every line, whatever the machine.</summary>
internal sealed class SourceWriter
{
    /// <summary>Where a call or a signature is broken into several lines.</summary>
    private const int Width = 130;

    /// <summary>What no line is longer than.</summary>
    private const int Limit = 150;

    private const string OneIndent = "    ";
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _blockEnded;

    /// <summary>An empty line; never two in a row, and none after an opening brace.</summary>
    public void Line()
    {
        if (_text.Length > 0 && !EndsWith("\n\n") && !EndsWith("{\n"))
        {
            _text.Append('\n');
        }
    }

    /// <summary>One line, or several where <paramref name="text"/> has line breaks, each at the current depth; an empty one before it after a block's end.</summary>
    public void Line(string text)
    {
        if (_blockEnded && !text.StartsWith("}", StringComparison.Ordinal))
        {
            Line();
        }

        _blockEnded = false;
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

    /// <summary>A line with a comment that starts at a fixed column, so that the shapes stand below each other; above the line where it would be too long.</summary>
    public void Line(string code, string comment)
    {
        const int Column = 88;
        Line(code, comment, Column - Indentation);
    }

    /// <summary>Lines whose comments stand below each other, one column behind the longest.</summary>
    public void Table(IEnumerable<(string Code, string Comment)> lines)
    {
        var rows = lines.ToList();
        var column = rows.Select(row => row.Code.Length + 2).DefaultIfEmpty(0).Max();
        foreach (var (code, comment) in rows)
        {
            Line(code, comment, column);
        }
    }

    /// <summary>A call, a signature or a list: on one line where it fits, otherwise its items on lines of their own, as many as fit.</summary>
    /// <param name="head">All up to the opening bracket.</param>
    /// <param name="items">What stands between the brackets.</param>
    /// <param name="tail">The closing bracket and what follows.</param>
    public void Wrapped(string head, IEnumerable<string> items, string tail)
    {
        var all = items.ToList();
        var line = head + string.Join(", ", all) + tail;
        if (Indentation + line.Length <= Width)
        {
            Line(line);
            return;
        }

        Line(head);
        using (Indent())
        {
            line = string.Empty;
            for (var index = 0; index < all.Count; index++)
            {
                var item = all[index] + (index == all.Count - 1 ? tail : ",");
                if (line.Length > 0 && Indentation + line.Length + 1 + item.Length > Width)
                {
                    Line(line);
                    line = string.Empty;
                }

                line += (line.Length > 0 ? " " : string.Empty) + item;
            }

            Line(line);
        }
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
        return Braces(closing);
    }

    /// <summary>The block whose header has been written.</summary>
    public Scope Block() => Braces("}");

    private Scope Braces(string closing)
    {
        Line("{");
        _depth++;
        return new Scope(this, closing);
    }

    public override string ToString() => _text.ToString();

    private int Indentation => _depth * OneIndent.Length;

    private void Line(string code, string comment, int column)
    {
        var line = code.PadRight(Math.Max(column, code.Length + 1)) + "// " + comment;
        if (Indentation + line.Length <= Limit)
        {
            Line(line);
            return;
        }

        Line("// " + comment);
        Line(code);
    }

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
                writer._blockEnded = closing is "}" or "});";
            }
        }
    }
}
