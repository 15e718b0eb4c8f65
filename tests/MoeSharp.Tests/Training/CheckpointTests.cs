using MoeSharp.Modules;
using MoeSharp.Tests.Data;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_new_checkpoint_takes_the_place_of_the_old_one()
    {
        Assert.Null(Checkpoint.Latest(_directory.Path));
        Checkpoint.Swap(_directory.Path, 9, directory => File.WriteAllText(Path.Combine(directory, "f"), "old"));
        var path = Checkpoint.Swap(_directory.Path, 10, directory => File.WriteAllText(Path.Combine(directory, "f"), "new"));
        Assert.Equal(Path.Combine(_directory.Path, "checkpoint-10"), path);
        Assert.Equal(path, Checkpoint.Latest(_directory.Path));
        Assert.Equal([path], Directory.GetDirectories(_directory.Path));
        Assert.Equal("new", File.ReadAllText(Path.Combine(path, "f")));
    }

    [Fact]
    public void A_writer_that_fails_midway_leaves_the_old_one_whole()
    {
        var old = Checkpoint.Swap(_directory.Path, 9, directory => File.WriteAllText(Path.Combine(directory, "f"), "old"));
        var failure = Assert.Throws<CheckpointException>(() => Checkpoint.Swap(_directory.Path, 10, directory =>
        {
            File.WriteAllText(Path.Combine(directory, "f"), "half");
            throw new IOException("No space left on device.");
        }));
        Assert.Contains("checkpoint-10 cannot be written: No space left", failure.Message, StringComparison.Ordinal);
        Assert.Equal(old, Checkpoint.Latest(_directory.Path));
        Assert.Equal("old", File.ReadAllText(Path.Combine(old, "f")));

        // The next one clears up what the failed one left.
        var next = Checkpoint.Swap(_directory.Path, 11, _ => { });
        Assert.Equal([next], Directory.GetDirectories(_directory.Path));
    }

    [Fact]
    public void What_is_not_a_checkpoint_is_not_taken_for_one()
    {
        foreach (var name in new[] { "checkpoint-", "checkpoint-x", "checkpoint-7.tmp", "checkpoint--3" })
        {
            Directory.CreateDirectory(Path.Combine(_directory.Path, name));
        }

        Assert.Null(Checkpoint.Latest(_directory.Path));
        Assert.Null(Checkpoint.Latest(Path.Combine(_directory.Path, "missing")));
    }

    [Fact]
    public void A_directory_that_is_no_run_is_named()
    {
        using var model = new TinyModel();
        var missing = Path.Combine(_directory.Path, "missing");
        Assert.Contains($"{missing} does not exist", Message(() => Checkpoint.LoadWeights(model, missing)), StringComparison.Ordinal);
        Assert.Contains($"{_directory.Path} is no run's directory", Message(() => Checkpoint.LoadWeights(model, _directory.Path)), StringComparison.Ordinal);
        RunConfig.Write(_directory.Path, model.Description, "float32", model.Description.Recipe, null);
        Assert.Contains("has no checkpoint", Message(() => Checkpoint.LoadWeights(model, _directory.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_that_differs_is_named_field_by_field()
    {
        using var model = new TinyModel();
        RunConfig.Write(_directory.Path, model.Description, "float32", model.Description.Recipe, null);
        var other = model.Description with { Config = [new("model_type", "tiny"), new("hidden_size", 2), new("rope_theta", 10000.0), new("n_group", 4)] };
        var message = Message(() => RunConfig.CheckModel(_directory.Path, other));
        Assert.Contains("differs from Tiny: hidden_size is 1 there and 2 here; n_group is missing there and 4 here.", message, StringComparison.Ordinal);
        RunConfig.CheckModel(_directory.Path, model.Description);
    }

    [Fact]
    public void A_field_that_is_no_longer_declared_differs()
    {
        using var model = new TinyModel();
        KeyValuePair<string, object>[] before = [.. model.Description.Config, new("router_jitter_noise", 0.01)];
        RunConfig.Write(_directory.Path, model.Description with { Config = before }, "float32", model.Description.Recipe, null);
        var message = Message(() => RunConfig.CheckModel(_directory.Path, model.Description));
        Assert.Contains("router_jitter_noise is 0.01 there and missing here", message, StringComparison.Ordinal);
    }

    /// <summary>Runs that began before devices were told do not have them: there is nothing to compare with.</summary>
    [Fact]
    public void Devices_are_compared_where_a_run_has_them()
    {
        using var model = new TinyModel();
        RunConfig.Write(_directory.Path, model.Description, "float32", model.Description.Recipe, null);
        RunConfig.CheckModel(_directory.Path, On(8));
        RunConfig.Write(_directory.Path, On(8), "float32", model.Description.Recipe, null);
        RunConfig.CheckModel(_directory.Path, On(8));
        Assert.Contains("ep_size is 8 there and 4 here", Message(() => RunConfig.CheckModel(_directory.Path, On(4))), StringComparison.Ordinal);

        ModelDescription On(int devices) => model.Description with { Config = [.. model.Description.Config, new("ep_size", devices)] };
    }

    [Fact]
    public void A_recipe_that_differs_is_not_gone_on_with()
    {
        using var model = new TinyModel();
        RunConfig.Write(_directory.Path, model.Description, "float32", (model.Description.Recipe with { Steps = 77 }).For(8), null);
        Assert.Equal(77, RunConfig.Resume(_directory.Path, model.Description, null).Steps);
        Assert.Equal(99, RunConfig.Resume(_directory.Path, model.Description, 99).Steps);
        var other = model.Description with { Recipe = model.Description.Recipe with { AdamW = new AdamWSettings { LearningRate = 1 } } };
        Assert.Contains("learning_rate is 0.0003 there and 1 here", Message(() => RunConfig.Resume(_directory.Path, other, null)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "damaged")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("""{"model_type":"tiny","hidden_size":1,"rope_theta":10000}""", "no section 'training'")]
    [InlineData("""{"model_type":"tiny","hidden_size":1,"rope_theta":10000,"training":{"max_steps":"many"}}""", "max_steps")]
    public void A_damaged_config_is_named(string json, string message)
    {
        using var model = new TinyModel();
        var path = _directory.Write("config.json", json);
        var actual = Message(() => RunConfig.Resume(_directory.Path, model.Description, null));
        Assert.StartsWith(path, actual, StringComparison.Ordinal);
        Assert.Contains(message, actual, StringComparison.Ordinal);
    }

    private static string Message(Action action) => Assert.Throws<CheckpointException>(action).Message;
}
