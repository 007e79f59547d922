// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.TestKit.Devices;

/// <summary>What was asked of a device, in order: "attached", "features 1", "started 0", "stopping 0", "reset", "disposed".</summary>
public sealed class DeviceJournal
{
    private readonly List<string> _lines = [];

    /// <summary>A copy.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public int Count(string line) => Lines.Count(l => l == line);

    internal void Add(string line)
    {
        lock (_lines)
            _lines.Add(line);
    }
}
