// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Sound;

/// <summary>struct virtio_snd_jack_info; the registers are those of High Definition Audio, 7.3.3.31 and 7.3.4.9.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct JackInfo
{
    internal const int Size = 24;

    private const uint Headphone = 0x2 << 20;
    private const uint Microphone = 0xA << 20;
    private const uint DetectsPresence = 1 << 2;
    private const uint IsOutput = 1 << 4;
    private const uint IsInput = 1 << 5;

    internal uint Node;
    internal uint Features;
    internal uint DefaultConfiguration;
    internal uint Capabilities;
    internal byte IsConnected;

    internal static JackInfo Of(SoundPort port) => new()
    {
        Node = port.Node,
        DefaultConfiguration = port.IsOutput ? Headphone : Microphone,
        Capabilities = DetectsPresence | (port.IsOutput ? IsOutput : IsInput),
        IsConnected = port.IsPlugged ? (byte)1 : (byte)0,
    };
}
