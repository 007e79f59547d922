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
