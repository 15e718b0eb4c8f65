using MoeSharp.Tests.Data;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

public sealed class ModelCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Trains_reports_and_samples()
    {
        var run = Path.Combine(_directory.Path, "run");
        Assert.Equal(0, Invoke("--steps", "3", "--seed", "4", "--out", run));
        var lines = _output.ToString().Split('\n');
        Assert.Contains("  step     loss       lr grad_norm    tok/s   memory  maxvio  dead dropped  balance", lines);
        Assert.Contains(lines, line => line.StartsWith("     3 ", StringComparison.Ordinal));
        foreach (var text in new[] { "Witten-Bell, order 5", "gzip -9", "Tiny", "least share", "500 bytes at temperature 0.8", $"{Path.Combine(run, "checkpoint-3")}" })
        {
            Assert.Contains(text, _output.ToString(), StringComparison.Ordinal);
        }

        Assert.Empty(_error.ToString());
        Assert.Equal(0, Invoke("sample", run, "--prompt", "Gets the", "--length", "20", "--seed", "7"));
        var first = _output.ToString();
        Assert.StartsWith("Gets the", first, StringComparison.Ordinal);
        Assert.Equal("Gets the".Length + 20, first.TrimEnd('\n').Length);
        Invoke("sample", run, "--prompt", "Gets the", "--length", "20", "--seed", "7");
        Assert.Equal(first, _output.ToString());
    }

    [Fact]
    public void A_stopped_run_says_where_its_checkpoint_is_and_exits_with_130()
    {
        var run = Path.Combine(_directory.Path, "run");
        using var model = new TinyModel();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(130, ModelCommand.Run(["--out", run], model, () => TinyCorpus.Create(), _output, _error, stop.Token));
        Assert.Contains($"The checkpoint is {Path.Combine(run, "checkpoint-0")}", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Invoke("--resume", run));
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoint-12")));
    }

    [Theory]
    [InlineData("--steps", "0")]
    [InlineData("--steps", "many")]
    [InlineData("--threads", "-1")]
    [InlineData("--nosuch")]
    [InlineData("stray")]
    [InlineData("sample")]
    [InlineData("sample", "x", "--temperature", "-1")]
    [InlineData("sample", "x", "--prompt", "")]
    [InlineData("--resume", "x", "--seed", "3")]
    [InlineData("--seed", "abc")]
    [InlineData("--steps")]
    [InlineData("--steps", "1", "--steps", "2")]
    [InlineData("--out", "")]
    [InlineData("--data", "")]
    [InlineData("--resume", "")]
    [InlineData("sample", "")]
    [InlineData("sample", "x", "--temperature", "warm")]
    [InlineData("sample", "x", "--length", "x")]
    public void A_wrong_command_line_is_one_line_and_exit_code_2(params string[] args)
    {
        Assert.Equal(2, Invoke(args));
        AssertOneLine();
        Assert.DoesNotContain("System.", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_unusable_directories_are_one_line_and_exit_code_1()
    {
        var file = _directory.Write("file", "kept");
        var missing = Path.Combine(_directory.Path, "missing");
        foreach (var args in new string[][]
        {
            ["--data", missing],
            ["--out", file],
            ["--out", Path.Combine(file, "run")],
            ["--resume", missing],
            ["--resume", _directory.Path],
            ["sample", missing],
        })
        {
            Assert.Equal(1, Invoke(args));
            AssertOneLine();
        }

        Assert.Equal([file], Directory.GetFileSystemEntries(_directory.Path));
        Assert.Equal("kept", File.ReadAllText(file));
    }

    [Fact]
    public void A_truncated_checkpoint_and_one_of_another_model_are_one_line_and_exit_code_1()
    {
        var run = Path.Combine(_directory.Path, "run");
        Invoke("--steps", "2", "--out", run);
        using (var other = new TinyModel(dim: 2))
        {
            _error.GetStringBuilder().Clear();
            Assert.Equal(1, ModelCommand.Run(["sample", run], other, null, _output, _error));
            Assert.Contains("hidden_size is 1 there and 2 here", _error.ToString(), StringComparison.Ordinal);
            AssertOneLine();
        }

        var weights = Path.Combine(run, "checkpoint-2", "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
        Assert.Equal(1, Invoke("sample", run));
        Assert.Contains("truncated", _error.ToString(), StringComparison.Ordinal);
        AssertOneLine();
        Assert.Equal(1, Invoke("--resume", run, "--steps", "4"));
        AssertOneLine();
        Assert.Single(Directory.GetDirectories(run));
    }

    [Fact]
    public void A_damaged_state_and_a_batch_beyond_all_bounds_are_one_line_and_exit_code_1()
    {
        var run = Path.Combine(_directory.Path, "run");
        Invoke("--steps", "2", "--out", run);
        var state = Path.Combine(run, "checkpoint-2", "state.json");
        File.WriteAllText(state, File.ReadAllText(state).Replace("\"epoch\": 0", "\"epoch\": -1", StringComparison.Ordinal));
        Assert.Equal(1, Invoke("--resume", run, "--steps", "4"));
        Assert.Contains("state.json is damaged", _error.ToString(), StringComparison.Ordinal);
        AssertOneLine();

        var huge = Path.Combine(_directory.Path, "huge");
        Assert.Equal(1, Invoke("--batch", "2000000000", "--out", huge));
        AssertOneLine();
        Assert.False(Path.Exists(huge));
    }

    [Fact]
    public void A_batch_without_memory_leaves_nothing_behind()
    {
        var run = Path.Combine(_directory.Path, "run");
        Assert.Equal(1, Invoke("--batch", "1001", "--out", run));
        Assert.Contains("not enough memory", _error.ToString(), StringComparison.Ordinal);
        AssertOneLine();
        Assert.False(Path.Exists(run));
    }

    [Fact]
    public void A_missing_libtorch_is_one_line_that_says_what_to_install()
    {
        var missing = new TypeInitializationException("torch", new DllNotFoundException("libtorch.so: cannot open\nmore of that"));
        Assert.Equal(1, ModelCommand.Run(["--steps", "1"], () => throw missing, null, _output, _error));
        Assert.Contains("apt-get install -y libtorch-dev", _error.ToString(), StringComparison.Ordinal);
        AssertOneLine();
    }

    [Fact]
    public void Hints_can_be_typed_as_they_stand()
    {
        var run = Path.Combine(_directory.Path, "run");
        Invoke("--steps", "1", "--out", run);
        Assert.Contains($"Write more: {ThisProgram.Command} sample {run} --prompt", _output.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(ThisProgram.Command.Split(' ')[^1].Trim('"')), ThisProgram.Command);
    }

    [Fact]
    public void Damaged_weights_are_not_sampled_from()
    {
        var run = Path.Combine(_directory.Path, "run");
        Invoke("--steps", "2", "--out", run);
        var path = Path.Combine(run, "checkpoint-2", "model.safetensors");
        var tensors = SafeTensors.Load(path);
        foreach (var tensor in tensors.Values)
        {
            tensor.fill_(float.NaN);
        }

        SafeTensors.Save(path, tensors);
        Assert.Equal(1, Invoke("sample", run));
        Assert.Contains("weights are damaged", _error.ToString(), StringComparison.Ordinal);
        AssertOneLine();
    }

    [Fact]
    public void A_prompt_may_begin_with_an_at_sign_and_no_control_character_reaches_the_terminal()
    {
        var run = Path.Combine(_directory.Path, "run");
        Invoke("--steps", "1", "--out", run);
        Assert.Equal(0, Invoke("sample", run, "--prompt", "@foo", "--length", "2000", "--temperature", "5"));
        var text = _output.ToString();
        Assert.StartsWith("@foo", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => char.IsControl(c) && c is not ('\n' or '\t'));
    }

    [Fact]
    public void A_run_with_a_text_of_its_own_goes_on_with_it()
    {
        var text = Path.Combine(_directory.Path, "text");
        _directory.Write("text/a.txt", string.Join('\n', Enumerable.Range(0, 80).Select(i => $"a text of its own, line {i}")));
        var run = Path.Combine(_directory.Path, "run");
        Assert.Equal(0, Invoke("--steps", "2", "--out", run, "--data", text));
        Assert.Equal(0, Invoke("--resume", run, "--steps", "3"));
        Assert.True(Directory.Exists(Path.Combine(run, "checkpoint-3")));
    }

    private int Invoke(params string[] args)
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        using var model = new TinyModel();
        return ModelCommand.Run(args, model, () => TinyCorpus.Create(), _output, _error);
    }

    private void AssertOneLine()
    {
        var text = _error.ToString();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.True(text.Length > 10 && text.Count(c => c == '\n') == 1, text);
    }
}
