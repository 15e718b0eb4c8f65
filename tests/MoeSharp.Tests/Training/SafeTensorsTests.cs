using System.Buffers.Binary;
using System.Text;
using MoeSharp.Tests.Data;
using MoeSharp.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Training;

public sealed class SafeTensorsTests : IDisposable
{
    private const string OneTensor = """{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Byte)]
    public void Every_type_comes_back_bit_for_bit(ScalarType type)
    {
        using var tensor = arange(24).reshape(2, 3, 4).to(type);
        var path = Path("t.safetensors");
        SafeTensors.Save(path, new Dictionary<string, Tensor> { ["x"] = tensor });
        using var back = SafeTensors.Load(path)["x"];
        Assert.Equal(type, back.dtype);
        Assert.Equal([2, 3, 4], back.shape);
        Assert.Equal(tensor.bytes.ToArray(), back.bytes.ToArray());
    }

    [Fact]
    public void A_file_is_what_the_format_says_byte_by_byte()
    {
        using var w = tensor(new[] { 1.0f, -2.0f });
        using var flag = tensor(new byte[] { 7 });
        using var scalar = tensor(0.5);
        var path = Path("t.safetensors");
        SafeTensors.Save(path, new Dictionary<string, Tensor> { ["w"] = w, ["flag"] = flag, ["a.scalar"] = scalar }, new Dictionary<string, string> { ["format"] = "pt" });

        const string Json = """{"__metadata__":{"format":"pt"},"a.scalar":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"flag":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}}""";
        var length = (Json.Length + 7) / 8 * 8;
        byte[] expected =
        [
            .. BitConverter.GetBytes((long)length),
            .. Encoding.UTF8.GetBytes(Json.PadRight(length)),
            0, 0, 0, 0, 0, 0, 0xE0, 0x3F,
            0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0,
            7,
        ];
        Assert.Equal(expected, File.ReadAllBytes(path));
        using var file = new SafeTensorsFile(path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["a.scalar", "w", "flag"], file.Names);
    }

    [Fact]
    public void Data_larger_than_a_piece_comes_back()
    {
        // Three pieces, the last not whole; a value tells its place.
        using var tensor = arange((2 * SafeTensorsFile.ChunkBytes / 4) + 5, dtype: ScalarType.Int32);
        SafeTensors.Save(Path("t.safetensors"), new Dictionary<string, Tensor> { ["x"] = tensor });
        using var file = new SafeTensorsFile(Path("t.safetensors"));
        using var back = file.Read("x");
        Assert.True(tensor.bytes.SequenceEqual(back.bytes));
    }

    [Fact]
    public void A_transposed_tensor_is_written_as_it_reads()
    {
        using var tensor = arange(6).reshape(2, 3).t();
        SafeTensors.Save(Path("t.safetensors"), new Dictionary<string, Tensor> { ["x"] = tensor });
        using var back = SafeTensors.Load(Path("t.safetensors"))["x"];
        Assert.Equal([3, 2], back.shape);
        Assert.Equal([0L, 3, 1, 4, 2, 5], back.data<long>().ToArray());
    }

    [Fact]
    public void An_empty_tensor_and_an_empty_file_come_back()
    {
        using var none = zeros(0, 3);
        SafeTensors.Save(Path("t.safetensors"), new Dictionary<string, Tensor> { ["x"] = none });
        using var back = SafeTensors.Load(Path("t.safetensors"))["x"];
        Assert.Equal([0, 3], back.shape);
        SafeTensors.Save(Path("e.safetensors"), new Dictionary<string, Tensor>());
        Assert.Empty(SafeTensors.Load(Path("e.safetensors")));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "'v' overlaps")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16, "'v' leaves a gap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16, "'w' occurs twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'w' needs 12 bytes as F32 [3]")]
    [InlineData("""{"w":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", 8, "'w' has the element type F33")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'w' has the shape [-2]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'w' has the data_offsets [8, 0]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", 8, "'w' is not described")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "'w' is not described")]
    [InlineData("""{"w":3}""", 8, "'w' is not described")]
    [InlineData("[1]", 8, "not a JSON object")]
    [InlineData("""{"w":{""", 8, "JSON")]
    [InlineData(OneTensor, 4, "'w' ends at byte 8 of the data, which has 4: the file is truncated")]
    [InlineData(OneTensor, 9, "1 bytes at its end belong to no tensor")]
    public void Damage_is_named_with_file_and_tensor(string json, int dataBytes, string message) =>
        AssertDamaged([.. BitConverter.GetBytes((long)json.Length), .. Encoding.UTF8.GetBytes(json), .. new byte[dataBytes]], message);

    [Theory]
    [InlineData(200_000_000UL, "no safetensors file")]
    [InlineData(ulong.MaxValue, "no safetensors file")]
    [InlineData(1000UL, "truncated: the header needs 1000 bytes")]
    public void A_header_that_cannot_be_is_refused_before_it_is_read(ulong length, string message)
    {
        var bytes = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        AssertDamaged(bytes, message);
    }

    [Fact]
    public void A_file_of_three_bytes_is_truncated() => AssertDamaged([1, 2, 3], "it has 3 bytes");

    [Fact]
    public void Any_cut_of_a_real_file_is_noticed()
    {
        using var tensor = ones(3);
        SafeTensors.Save(Path("t.safetensors"), new Dictionary<string, Tensor> { ["x"] = tensor });
        var whole = File.ReadAllBytes(Path("t.safetensors"));
        for (var length = 0; length < whole.Length; length++)
        {
            AssertDamaged(whole[..length], "damaged");
        }
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("no.safetensors", Assert.Throws<CheckpointException>(() => SafeTensors.Load(Path("no.safetensors"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Reading_into_another_shape_or_type_is_refused()
    {
        using var tensor = ones(3);
        SafeTensors.Save(Path("t.safetensors"), new Dictionary<string, Tensor> { ["x"] = tensor });
        using var file = new SafeTensorsFile(Path("t.safetensors"));
        using var shape = zeros(4);
        using var type = zeros(3, dtype: ScalarType.Float64);
        Assert.Contains("'x' is F32 [3], F32 [4] is wanted", Assert.Throws<CheckpointException>(() => file.ReadInto("x", shape)).Message, StringComparison.Ordinal);
        Assert.Contains("'x' is F32 [3], F64 [3] is wanted", Assert.Throws<CheckpointException>(() => file.ReadInto("x", type)).Message, StringComparison.Ordinal);
        Assert.Contains("no tensor 'y'", Assert.Throws<CheckpointException>(() => file.Read("y")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_the_format_lacks_is_refused_and_the_old_file_stays()
    {
        File.WriteAllText(Path("t.safetensors"), "old");
        using var tensor = ones(3).to(ScalarType.Bool);
        var failure = Assert.Throws<CheckpointException>(() => SafeTensors.Save(Path("t.safetensors"), new Dictionary<string, Tensor> { ["x"] = tensor }));
        Assert.Contains("'x' is Bool", failure.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Path("t.safetensors")));
    }

    [Fact]
    public void A_writer_that_fails_midway_leaves_the_old_file_and_nothing_beside_it()
    {
        File.WriteAllText(Path("f"), "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Path("f"), stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(Path("f")));
        Assert.Single(Directory.GetFiles(_directory.Path));
    }

    private string Path(string name) => System.IO.Path.Combine(_directory.Path, name);

    private void AssertDamaged(byte[] bytes, string message)
    {
        var path = Path("damaged.safetensors");
        File.WriteAllBytes(path, bytes);
        var failure = Assert.Throws<CheckpointException>(() => SafeTensors.Load(path));
        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
