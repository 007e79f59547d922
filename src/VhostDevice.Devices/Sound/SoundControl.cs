// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;

namespace VhostDevice.Devices.Sound;

/// <summary>
/// The control elements of a card (virtio 1.3 §5.14.6.10): for each stream a volume and a switch, in this order. A driver's
/// mixer shows them under the names that Linux' mixers know.
/// </summary>
internal static class SoundControl
{
    internal const int PerPort = 2;

    /// <summary>struct virtio_snd_ctl_value.</summary>
    internal const int ValueBytes = 512;

    /// <summary>A decibel scale as ALSA writes it: type, length, the least in hundredths of a decibel, the step.</summary>
    internal const int TlvBytes = 16;

    // With and without the gap that C puts in front of its 64-bit fields.
    internal const int InfoBytes = 92;
    internal const int AlignedInfoBytes = 96;

    private const int NameAt = 24;
    private const int NameBytes = 44;
    private const uint Volume = 1;
    private const uint Mute = 2;
    private const uint Boolean = 0;
    private const uint Integer = 1;
    private const uint Read = 1;
    private const uint Write = 2;
    private const uint TlvRead = 1 << 4;
    private const uint DecibelScale = 1;
    private const uint LeastIsMute = 1 << 16;

    internal static bool IsVolume(int control) => control % PerPort == 0;

    /// <summary>How many values the element has.</summary>
    internal static int CountOf(SoundPort port, int control) => IsVolume(control) ? port.Abilities.MostChannels : 1;

    /// <param name="target">Zeroed; <see cref="InfoBytes"/> or <see cref="AlignedInfoBytes"/>.</param>
    /// <param name="index">How many streams of the same direction come before.</param>
    internal static void WriteInfo(Span<byte> target, SoundPort port, int control, int index)
    {
        bool isVolume = IsVolume(control);
        Span<uint> head =
        [
            port.Node, (isVolume ? Volume : Mute) << 1 | (uint)port.Direction, isVolume ? Integer : Boolean,
            Read | Write | (isVolume ? TlvRead : 0), (uint)CountOf(port, control), (uint)index,
        ];
        for (int i = 0; i < head.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(target[(i * sizeof(uint))..], head[i]);
        string name = (port.IsOutput ? "Master Playback " : "Capture ") + (isVolume ? "Volume" : "Switch");
        Encoding.ASCII.GetBytes(name, target[NameAt..]);
        Span<byte> range = target[(target.Length >= AlignedInfoBytes ? NameAt + NameBytes + 4 : NameAt + NameBytes)..];
        BinaryPrimitives.WriteUInt32LittleEndian(range[4..], isVolume ? (uint)SoundVolume.Full : 1);
        BinaryPrimitives.WriteUInt32LittleEndian(range[8..], 1);
    }

    internal static void ReadValue(SoundPort port, int control, Span<byte> target)
    {
        for (int i = 0; i < CountOf(port, control); i++)
        {
            uint value = IsVolume(control) ? port.Volume[i] : port.Volume.IsMuted ? 0u : 1;
            BinaryPrimitives.WriteUInt32LittleEndian(target[(i * sizeof(uint))..], value);
        }
    }

    /// <param name="values">One of four bytes for each that the element has.</param>
    /// <returns>False, and nothing was set: a value is out of its range.</returns>
    internal static bool TryWriteValue(SoundPort port, int control, ReadOnlySpan<byte> values)
    {
        uint most = IsVolume(control) ? (uint)SoundVolume.Full : 1;
        int count = CountOf(port, control);
        for (int i = 0; i < count; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(values[(i * sizeof(uint))..]) > most)
                return false;
        }

        if (!IsVolume(control))
        {
            port.Volume.IsMuted = BinaryPrimitives.ReadUInt32LittleEndian(values) == 0;
            return true;
        }

        for (int i = 0; i < count; i++)
            _ = port.Volume.Set(i, (byte)BinaryPrimitives.ReadUInt32LittleEndian(values[(i * sizeof(uint))..]));
        return true;
    }

    internal static void WriteTlv(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, DecibelScale);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], 2 * sizeof(uint));
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], -SoundVolume.Full * SoundVolume.StepCentibels);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], (uint)SoundVolume.StepCentibels | LeastIsMute);
    }
}
