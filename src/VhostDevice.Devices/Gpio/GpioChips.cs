// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Gpio;

/// <summary>Finds the chips of the host.</summary>
public static class GpioChips
{
    private const string Prefix = "gpiochip";

    /// <summary>Opens what a user named: a number (of /dev/gpiochipN), a path, the kernel's name, or a label.</summary>
    /// <param name="problem">For the user, when false is returned.</param>
    public static bool TryOpen(string name, out KernelGpioChip? chip, out string problem)
    {
        chip = null;
        problem = "";
        string path = name;
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            path = string.Create(CultureInfo.InvariantCulture, $"/dev/{Prefix}{number}");
        else if (!name.Contains('/', StringComparison.Ordinal) && !TryFind(name, out path, out problem))
            return false;
        Errno errno = KernelGpioChip.Open(path, out chip);
        if (errno.IsSuccess)
            return true;
        problem = errno == Errno.ENOTTY || errno == Errno.EINVAL ? $"{path} is no GPIO chip" : $"the GPIO chip {path} cannot be opened: {errno}";
        return false;
    }

    private static bool TryFind(string name, out string path, out string problem)
    {
        path = problem = "";
        string[] nodes = Directory.GetFiles("/dev", Prefix + "*");
        Array.Sort(nodes, StringComparer.Ordinal);
        List<string> found = [];
        List<string> labels = [];
        foreach (string node in nodes)
        {
            if (Path.GetFileName(node) == name)
            {
                path = node;
                return true;
            }

            if (KernelGpioChip.Open(node, out KernelGpioChip? chip).IsError)
                continue;
            using (chip)
            {
                labels.Add(chip!.Label);
                if (chip.Label == name)
                    found.Add(node);
            }
        }

        if (found.Count == 1)
        {
            path = found[0];
            return true;
        }

        problem = found.Count > 1
            ? $"the GPIO chips {string.Join(" and ", found)} are all labelled \"{name}\": give the path or number of one"
            : $"there is no GPIO chip \"{name}\""
                + (
                    labels.Count > 0
                        ? $": the host's are labelled {string.Join(", ", labels)}"
                        : ": the host has none that can be opened");
        return false;
    }
}
