// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Devices.Gpio;

/// <summary>The names of lines as a driver gets them (virtio 1.3 §5.18.6.1): zero-terminated, 7-bit ASCII, none twice.</summary>
internal static class GpioNames
{
    /// <summary>
    /// One string after the other. What the host has and the specification has not is made to fit: other characters
    /// become '?', and a name that another line had first is left out.
    /// </summary>
    /// <returns>Empty when no line has a name.</returns>
    internal static byte[] Block(IReadOnlyList<string> names)
    {
        HashSet<string> seen = [];
        using MemoryStream block = new();
        bool any = false;
        foreach (string name in names)
        {
            string ascii = string.Create(name.Length, name, static (span, n) =>
            {
                for (int i = 0; i < span.Length; i++)
                    span[i] = n[i] is >= ' ' and <= '~' ? n[i] : '?';
            });
            if (ascii.Length > 0 && seen.Add(ascii))
            {
                block.Write(Encoding.ASCII.GetBytes(ascii));
                any = true;
            }

            block.WriteByte(0);
        }

        return any ? block.ToArray() : [];
    }
}
