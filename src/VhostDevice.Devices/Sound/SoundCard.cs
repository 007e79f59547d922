// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Sound;

/// <summary>A guest's sound card: its streams, and what they make of its configuration. Outlives connections.</summary>
public sealed class SoundCard
{
    private readonly List<(SoundPort Port, int Channels)> _maps;

    /// <param name="ports">1 to <see cref="MostPorts"/>; in the order of their numbers.</param>
    public SoundCard(IReadOnlyList<SoundPort> ports)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ports.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ports.Count, MostPorts);
        Ports = ports;
        List<(SoundPort, int)> maps = [];
        foreach (SoundPort port in ports)
        {
            for (int channels = port.Abilities.LeastChannels; channels <= Math.Min(port.Abilities.MostChannels, ChannelMap.Count); channels++)
                maps.Add((port, channels));
        }

        _maps = maps;
    }

    /// <summary>So that each answer about all of them fits a driver's page.</summary>
    public static int MostPorts => 32;

    public IReadOnlyList<SoundPort> Ports { get; }

    /// <summary>The streams as the last device left them; null: there was none.</summary>
    internal byte[]? Kept { get; set; }

    internal int MapCount => _maps.Count;

    internal void WriteMap(int number, Span<byte> target) =>
        ChannelMap.Write(target, _maps[number].Port.Node, _maps[number].Port.Direction, _maps[number].Channels);
}
