// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Boards;

/// <summary>A flash chip's image is a file that others have, too.</summary>
public sealed class ImageTests : IDisposable
{
    private const int Size = 2 << 20;
    private const byte Read = 0x03;

    // struct virtio_spi_transfer_head; all zeros is chip select 0 and the usual mode.
    private const int HeadBytes = 32;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("spi")]
    [InlineData("board", "serve")]
    public void Somebody_truncates_it_under_a_daemon_that_goes_on(params string[] command)
    {
        File.WriteAllText(
            _folder.At("b.yaml"), "board: b\nspi:\n  - bus: spi0\n    devices:\n      - {model: w25q16, image: flash}\n");
        File.WriteAllBytes(_folder.At("flash"), Enumerable.Repeat((byte)0x5a, Size).ToArray());
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, [.. command, "-s", _folder.At("s"), "--board", _folder.At("b.yaml")]);
        int line = daemon.Err.WaitFor("listening on ");
        string socket = daemon.Err.Lines[line].Split(' ')[^1];
        using (FrontEndDevice guest = Connect(socket))
        {
            Assert.Equal([0x5a, 0x5a], ReadFlash(guest));
            using (FileStream image = new(_folder.At("flash"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                image.SetLength(0);
            // What is gone reads as zeros, and every request is answered.
            Assert.Equal([0, 0], ReadFlash(guest));
        }

        using (FrontEndDevice next = Connect(socket))
            Assert.Equal(2, ReadFlash(next).Length);
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    [Fact]
    public void A_block_that_a_card_acknowledged_survives_a_daemon_that_is_killed()
    {
        File.WriteAllText(_folder.At("b.yaml"), "board: b\nspi:\n  - bus: spi0\n    devices:\n      - {model: sd, image: card, size: 1}\n");
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.Path, ["spi", "-s", _folder.At("s"), "--board", _folder.At("b.yaml")]);
        int line = daemon.Err.WaitFor("listening on ");
        byte[] block = Enumerable.Repeat((byte)0xa5, 512).ToArray();
        using (FrontEndDevice guest = Connect(daemon.Err.Lines[line].Split(' ')[^1]))
        {
            // CMD0, CMD55 and ACMD41 twice, CMD24 for the second block; checksums matter only to the first.
            Assert.Equal(1, AskCard(guest, 0, 0, 0x95));
            Assert.Equal((1, 1), (AskCard(guest, 55), AskCard(guest, 41)));
            Assert.Equal((1, 0), (AskCard(guest, 55), AskCard(guest, 41)));
            Assert.Equal(0, AskCard(guest, 24, 2));
            _ = Transfer(guest, [0xfe], 0);
            _ = Transfer(guest, [.. block, 0, 0], 0);
            Assert.Equal(0xe5, Transfer(guest, [0xff], 1)[0]);
        }

        // Another daemon has to wait for this one's end.
        Assert.Contains(
            "card is in use by another program or part",
            Command.Program("spi", "-s", _folder.At("t"), "--board", _folder.At("b.yaml")).RuntimeError(),
            StringComparison.Ordinal);
        daemon.Signal(Libc.SIGKILL);
        _ = daemon.WaitForExit();
        Assert.Equal(block, File.ReadAllBytes(_folder.At("card"))[512..1024]);
        using ChildProcess next = ChildProcess.Start(ProgramFile.Path, ["spi", "-s", _folder.At("s"), "--board", _folder.At("b.yaml")]);
        next.Err.WaitFor("listening on ");
        next.Signal(Libc.SIGTERM);
        Assert.Equal(0, next.WaitForExit());
    }

    // The address in 256 bytes; the card's first byte.
    private static byte AskCard(FrontEndDevice guest, byte index, byte address = 0, byte checksum = 1) =>
        Transfer(guest, [(byte)(0x40 | index), 0, 0, address, 0, checksum, 0xff, 0xff], 8)[7];

    private static FrontEndDevice Connect(string socket) => FrontEndDevice.Connect(
        socket, new FrontEndDeviceOptions { QueueSizes = [16], MemorySize = 1 << 20, ReplyTimeout = Patience.Time });

    private static byte[] ReadFlash(FrontEndDevice guest)
    {
        _ = Transfer(guest, [Read, 0, 0, 0], 0);
        return Transfer(guest, [], 2);
    }

    private static byte[] Transfer(FrontEndDevice guest, byte[] sent, uint received)
    {
        byte[] answer = guest.Request(0, [.. new byte[HeadBytes], .. sent], received + 1);
        Assert.Equal((received + 1, 0), ((uint)answer.Length, answer[^1]));
        return answer[..^1];
    }
}
