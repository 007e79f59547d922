// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Yaml;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>Memory cards that are files, and how board files write them.</summary>
public sealed class SdImageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sd-");
    private readonly List<Board> _boards = [];

    private string Image => Path.Combine(_folder.FullName, "card");

    public void Dispose()
    {
        foreach (Board board in _boards)
            board.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void What_was_acknowledged_is_in_the_file()
    {
        SdHost host = Load("{model: sd, image: card, size: 8}");
        Assert.Equal(8 << 20, new FileInfo(Image).Length);
        host.Start();
        host.Ask(24, 1024);
        Assert.Equal(5, host.GiveBlock(SdHost.Pattern(3)));
        Assert.Equal(SdHost.Pattern(3), File.ReadAllBytes(Image)[1024..1536]);
        _boards[0].Dispose();
        // It keeps its size.
        host = Load("{model: sd, image: card, size: 16, type: sdhc}");
        Assert.Equal(8 << 20, new FileInfo(Image).Length);
        host.Start(high: true);
        Assert.Equal(SdHost.Pattern(3), host.Read(2));
    }

    [Fact]
    public void It_is_one_cards()
    {
        _ = Load("{model: sd, image: card}");
        Assert.Contains("card is in use by another program or part", Refused("{model: sd, image: card}"), StringComparison.Ordinal);
        // A flash chip's as well.
        _ = Load("{model: w25q16, image: flash}");
        Assert.Contains("flash is in use", Refused("{model: w25q16, image: flash}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{model: sd, image: nowhere/card}", "nowhere/card cannot be read and written")]
    [InlineData("{model: sd, size: 0}", "'size' of sd cannot be '0'")]
    [InlineData("{model: sd, size: 4096, type: sdsc}", "a card of more than 2 GiB is an 'sdhc'")]
    [InlineData("{model: sd, type: mmc}", "'type' of sd cannot be 'mmc': sdsc or sdhc")]
    public void Mistakes_are_named(string device, string problem) =>
        Assert.Contains(problem, Refused(device), StringComparison.Ordinal);

    [Fact]
    public void A_size_that_no_card_has_is_named()
    {
        File.WriteAllBytes(Image, new byte[1000]);
        Assert.Contains("card has 1000 bytes, and cards have a multiple of 512 KiB", Refused("{model: sd, image: card}"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_cut_off_cannot_be_read_and_the_card_says_so()
    {
        SdHost host = Load("{model: sd, image: card, size: 1}");
        host.Start();
        using (FileStream file = new(Image, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(512);
        Assert.Equal(new byte[512], host.Read(0));
        Assert.Equal([0], host.Ask(17, 512));
        Assert.Equal(0x01, host.Token());
        Assert.Equal([0, 4], host.Ask(13, 0, 2));
    }

    private string Refused(string device) => Assert.Throws<YamlFileException>(() => Load(device)).Message;

    private SdHost Load(string device)
    {
        Board board = BoardFile.Parse(
            $"board: b\nspi:\n  - bus: spi0\n    devices:\n      - {device}\n", "b.yaml", _folder.FullName);
        _boards.Add(board);
        return new SdHost(SimulatedSpiBus.OnlyOne(board));
    }
}
