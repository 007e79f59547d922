// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Runtime.InteropServices;
using VhostDevice.Devices.Sound.Samples;

namespace VhostDevice.Devices.Sound;

/// <summary>What another device needs to go on with streams: for each its state, its parameters, its switch and its volumes.</summary>
internal static class SoundState
{
    private const int VolumeAt = PcmParameters.Size + 2;
    private const int PortBytes = VolumeAt + SoundFormat.MostChannels;

    internal static byte[] Save(PcmStream[] streams)
    {
        byte[] bytes = new byte[streams.Length * PortBytes];
        for (int i = 0; i < streams.Length; i++)
        {
            Span<byte> place = bytes.AsSpan(i * PortBytes, PortBytes);
            MemoryMarshal.Write(place, streams[i].Parameters);
            SoundVolume volume = streams[i].Port.Volume;
            place[PcmParameters.Size] = (byte)streams[i].State;
            place[PcmParameters.Size + 1] = volume.IsMuted ? (byte)1 : (byte)0;
            for (int channel = 0; channel < SoundFormat.MostChannels; channel++)
                place[VolumeAt + channel] = volume[channel];
        }

        return bytes;
    }

    internal static void Save(PcmStream[] streams, IBufferWriter<byte> target) => target.Write(Save(streams));

    /// <summary>Has streams go on; they stay as they are when what was saved makes no sense here.</summary>
    internal static bool TryLoad(PcmStream[] streams, ReadOnlySpan<byte> state, out string problem)
    {
        problem = state.Length == streams.Length * PortBytes ? ""
            : $"it is of {state.Length / PortBytes} streams, and {streams.Length} are here: start both daemons with the same options";
        if (problem.Length > 0)
            return false;
        for (int i = 0; i < streams.Length; i++)
        {
            ReadOnlySpan<byte> place = state.Slice(i * PortBytes, PortBytes);
            PcmState was = (PcmState)place[PcmParameters.Size];
            PcmParameters parameters = MemoryMarshal.Read<PcmParameters>(place);
            bool isPossible = was <= PcmState.Released
                && (was == PcmState.New || PcmStream.Check(parameters, streams[i].Port.Abilities, out _) == SoundStatus.Ok)
                && !place.Slice(VolumeAt, SoundFormat.MostChannels).ContainsAnyExceptInRange((byte)0, (byte)SoundVolume.Full);
            if (isPossible)
                continue;
            problem = $"the stream {streams[i].Port.Name} cannot go on like that: start both daemons with the same options";
            return false;
        }

        for (int i = 0; i < streams.Length; i++)
        {
            ReadOnlySpan<byte> place = state.Slice(i * PortBytes, PortBytes);
            SoundVolume volume = streams[i].Port.Volume;
            volume.IsMuted = place[PcmParameters.Size + 1] != 0;
            for (int channel = 0; channel < SoundFormat.MostChannels; channel++)
                _ = volume.Set(channel, place[VolumeAt + channel]);
            _ = streams[i].TryResume((PcmState)place[PcmParameters.Size], MemoryMarshal.Read<PcmParameters>(place));
        }

        return true;
    }
}
