// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>What the device reports on the event queue (virtio 1.3 §5.14.6).</summary>
/// <param name="code">VIRTIO_SND_EVT_*.</param>
/// <param name="data">The number of the jack or stream; of a control, its number and what has changed.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct SoundEvent(uint code, uint data)
{
    internal readonly uint Code = code;
    internal readonly uint Data = data;

    internal const int Size = 8;

    private const uint Value = 1 << 16;

    internal static SoundEvent Jack(int jack, bool isConnected) => new(isConnected ? 0x1000u : 0x1001, (uint)jack);

    internal static SoundEvent PeriodElapsed(int stream) => new(0x1100, (uint)stream);

    internal static SoundEvent Xrun(int stream) => new(0x1101, (uint)stream);

    internal static SoundEvent ControlValue(int control) => new(0x1200, (uint)control | Value);
}
