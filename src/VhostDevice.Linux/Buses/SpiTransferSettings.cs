// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>How <see cref="SpiDev.Transfer"/> goes.</summary>
/// <param name="BitsPerWord">0: those of the node.</param>
/// <param name="SpeedHz">0: that of the node.</param>
/// <param name="SentLines">1, 2, 4 or 8; the node's modes must have them. 0 is 1.</param>
/// <param name="ReceivedLines">Likewise.</param>
/// <param name="WordDelayMicroseconds">Between words.</param>
/// <param name="DelayMicroseconds">After the last bit, before the chip is deselected.</param>
public readonly record struct SpiTransferSettings(
    byte BitsPerWord,
    uint SpeedHz,
    byte SentLines,
    byte ReceivedLines,
    byte WordDelayMicroseconds,
    ushort DelayMicroseconds);
