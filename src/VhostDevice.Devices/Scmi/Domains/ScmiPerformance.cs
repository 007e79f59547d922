// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A performance domain: processors or a device that are as fast as is asked for.</summary>
public sealed class ScmiPerformance : ScmiDomain
{
    private long _level;

    /// <param name="points">At least one, the slowest first. It begins with the fastest.</param>
    public ScmiPerformance(string name, IReadOnlyList<ScmiOperatingPoint> points)
        : base(name)
    {
        Points = points;
        _level = points[^1].Level;
        Least = points[0].Level;
        Most = points[^1].Level;
        Report();
    }

    public IReadOnlyList<ScmiOperatingPoint> Points { get; }

    /// <summary>One of those of the points.</summary>
    public uint Level
    {
        get => (uint)_level;
        set => Set(ref _level, value);
    }

    /// <summary>Levels below it cannot be asked for.</summary>
    public uint Least { get; private set; }

    /// <summary>Nor can levels above it.</summary>
    public uint Most { get; private set; }

    /// <summary>What agents were told last.</summary>
    internal uint ReportedLevel { get; private set; }

    internal uint ReportedLeast { get; private set; }

    internal uint ReportedMost { get; private set; }

    /// <summary>Sets the levels that can be asked for.</summary>
    public void Limit(uint least, uint most)
    {
        if (least == Least && most == Most)
            return;
        (Least, Most) = (least, most);
        Tell();
    }

    internal void Report() => (ReportedLevel, ReportedLeast, ReportedMost) = (Level, Least, Most);

    /// <summary>The fastest point that is not faster than a level, within the limits.</summary>
    internal uint PointAt(uint level)
    {
        uint found = Points[0].Level;
        for (int i = 0; i < Points.Count; i++)
        {
            if (Points[i].Level <= level && Points[i].Level <= Most)
                found = Points[i].Level;
        }

        return found;
    }
}
