// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Spi;
using VhostDevice.Linux;
using VhostDevice.TestKit;

namespace VhostDevice.Devices.Tests.Spi;

/// <summary>Stands in for the kernel's node: has modes and sizes that it takes, and notes what is done with it.</summary>
internal sealed class FakeNode : ISpiNode
{
    private const SpiModes Lines = SpiModes.SendDual | SpiModes.SendQuad | SpiModes.SendOctal
        | SpiModes.ReceiveDual | SpiModes.ReceiveQuad | SpiModes.ReceiveOctal;

    internal const SpiModes Clocks = SpiModes.ClockPhase | SpiModes.ClockPolarity;

    private readonly ManualResetEventSlim _begun = new();
    private byte _bits = 8;

    internal SpiModes Supported { get; init; } = Clocks;

    /// <summary>0: any size is taken.</summary>
    internal uint Sizes { get; init; } = 1 << 7;

    internal uint Speed { get; init; } = 10_000_000;

    internal SpiModes Now { get; set; }

    internal byte Bits => _bits;

    internal Errno ModesFailWith { get; set; }

    internal Errno SetFailsWith { get; set; }

    internal Errno TransferFailsWith { get; set; }

    internal List<SpiModes> Set { get; } = [];

    internal List<(int Sent, int Received, SpiTransferSettings Settings, SpiModes Modes)> Transfers { get; } = [];

    /// <summary>A transfer waits for it, once it has begun.</summary>
    internal SemaphoreSlim? Gate { get; init; }

    internal bool IsDisposed { get; private set; }

    public Errno Modes(out SpiModes modes)
    {
        modes = Now;
        return ModesFailWith;
    }

    public Errno SetModes(SpiModes modes)
    {
        Set.Add(modes);
        if (SetFailsWith.IsError)
            return SetFailsWith;
        // As spi_setup: widths that cannot be had are left out, everything else is refused.
        if ((modes & ~Lines & ~Supported & ~SpiModes.None) != 0)
            return Errno.EINVAL;
        Now = modes & (~Lines | Supported);
        return Errno.Success;
    }

    public Errno BitsPerWord(out byte bits)
    {
        bits = _bits;
        return Errno.Success;
    }

    public Errno SetBitsPerWord(byte bits)
    {
        if (Sizes != 0 && (bits is 0 or > 32 || (Sizes >> (bits - 1) & 1) == 0))
            return Errno.EINVAL;
        _bits = bits;
        return Errno.Success;
    }

    public Errno MaxSpeed(out uint hertz)
    {
        hertz = Speed;
        return Errno.Success;
    }

    public Errno Transfer(ReadOnlySpan<byte> sent, Span<byte> received, in SpiTransferSettings settings)
    {
        Transfers.Add((sent.Length, received.Length, settings, Now));
        _begun.Set();
        Gate?.Wait();
        return TransferFailsWith;
    }

    internal void WaitForTransfer() => Xunit.Assert.True(_begun.Wait(LoopThread.Patience), "no transfer came");

    public void Dispose() => IsDisposed = true;
}
