// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>The kernel's own. Owns the descriptor.</summary>
internal sealed unsafe class LinuxSpiNode(OwnedFd file) : ISpiNode
{
    public Errno Modes(out SpiModes modes) => SpiDev.Modes(file.Fd, out modes);

    public Errno SetModes(SpiModes modes) => SpiDev.SetModes(file.Fd, modes);

    public Errno BitsPerWord(out byte bits) => SpiDev.BitsPerWord(file.Fd, out bits);

    public Errno SetBitsPerWord(byte bits) => SpiDev.SetBitsPerWord(file.Fd, bits);

    public Errno MaxSpeed(out uint hertz) => SpiDev.MaxSpeed(file.Fd, out hertz);

    public Errno Transfer(ReadOnlySpan<byte> sent, Span<byte> received, in SpiTransferSettings settings)
    {
        fixed (byte* s = sent)
        fixed (byte* r = received)
            return SpiDev.Transfer(file.Fd, s, r, (uint)Math.Max(sent.Length, received.Length), settings);
    }

    public void Dispose() => file.Dispose();
}
