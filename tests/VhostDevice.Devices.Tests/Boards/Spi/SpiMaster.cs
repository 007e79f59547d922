// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Spi;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards.Spi;

/// <summary>What a guest does on a simulated bus.</summary>
internal sealed class SpiMaster(SimulatedSpiBus bus, byte chip = 0)
{
    private readonly SpiTransfer _transfer = new(new object());

    internal SpiTransferMode Mode { get; set; }

    internal byte BitsPerWord { get; set; } = 8;

    /// <summary>One request, both ways.</summary>
    /// <param name="ends">The chip is to be deselected afterwards.</param>
    internal byte[] Exchange(byte[] sent, int received, bool ends = false)
    {
        SpiTransferHead head = new() { ChipSelect = chip, Mode = Mode, BitsPerWord = BitsPerWord, ChipSelectChange = (byte)(ends ? 1 : 0) };
        _transfer.Begin(head, sent.Length, received);
        sent.CopyTo(_transfer.Sent);
        _transfer.Received.Fill(0xee);
        Assert.Equal(Errno.Success, bus.Transfer(_transfer));
        return _transfer.Received.ToArray();
    }

    internal byte[] Both(params byte[] sent) => Exchange(sent, sent.Length);

    internal void Write(params byte[] sent) => Exchange(sent, 0);

    internal byte[] Read(int count) => Exchange([], count);

    /// <summary>As drivers of Linux have it: what is asked for in one request, the answer in another.</summary>
    internal byte[] WriteRead(byte[] sent, int count)
    {
        Write(sent);
        return Read(count);
    }
}
