// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Reads waves as another program would: by the file's own words.</summary>
internal static class VcdFile
{
    /// <summary>The changes after the initial levels, with signals by name.</summary>
    internal static List<(long Time, string Signal, bool Level)> Changes(string path)
    {
        Dictionary<string, string> names = [];
        List<(long, string, bool)> changes = [];
        long time = 0;
        bool initial = false;
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split(' ');
            if (words[0] == "$var")
                names.Add(words[3], words[4]);
            else if (line == "$dumpvars")
                initial = true;
            else if (line == "$end")
                initial = false;
            else if (line[0] == '#')
                time = long.Parse(line[1..], CultureInfo.InvariantCulture);
            else if (line[0] is '0' or '1' && !initial)
                changes.Add((time, names[line[1..]], line[0] == '1'));
        }

        return changes;
    }

    /// <summary>An I²C decoder: starts, addresses, bytes with their acknowledge bits, stops; one string for each transaction.</summary>
    internal static List<string> Decode(IEnumerable<(long Time, string Signal, bool Level)> changes, string sclName, string sdaName)
    {
        List<string> transactions = [];
        List<string> words = [];
        bool scl = true, sda = true, first = false;
        int bits = 0, value = 0;
        foreach ((long _, string signal, bool level) in changes)
        {
            if (signal == sdaName && level != sda)
            {
                sda = level;
                if (!scl)
                    continue;
                if (!level)
                {
                    words.Add("S");
                    (bits, value, first) = (0, 0, true);
                }
                else if (words.Count > 0)
                {
                    words.Add("P");
                    transactions.Add(string.Join(' ', words));
                    words.Clear();
                }
            }
            else if (signal == sclName && level != scl)
            {
                scl = level;
                if (!level || words.Count == 0)
                    continue;
                if (bits < 8)
                {
                    value = value << 1 | (sda ? 1 : 0);
                    bits++;
                    continue;
                }

                words.Add((first ? $"{value >> 1:x2}{((value & 1) != 0 ? 'r' : 'w')}" : $"{value:x2}") + (sda ? '-' : '+'));
                (bits, value, first) = (0, 0, false);
            }
        }

        return transactions;
    }
}
