// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>The calls of an open /dev/spidevB.C; apart, so that tests can stand in for the kernel. For one thread at a time.</summary>
internal interface ISpiNode : IDisposable
{
    /// <inheritdoc cref="SpiDev.Modes"/>
    Errno Modes(out SpiModes modes);

    /// <inheritdoc cref="SpiDev.SetModes"/>
    Errno SetModes(SpiModes modes);

    /// <inheritdoc cref="SpiDev.BitsPerWord"/>
    Errno BitsPerWord(out byte bits);

    /// <inheritdoc cref="SpiDev.SetBitsPerWord"/>
    Errno SetBitsPerWord(byte bits);

    /// <inheritdoc cref="SpiDev.MaxSpeed"/>
    Errno MaxSpeed(out uint hertz);

    /// <summary>Makes a transfer; see <see cref="SpiDev.Transfer"/>.</summary>
    /// <param name="sent">Pinned, as long as <paramref name="received"/> where both are there.</param>
    /// <param name="received">Pinned.</param>
    Errno Transfer(ReadOnlySpan<byte> sent, Span<byte> received, in SpiTransferSettings settings);
}
