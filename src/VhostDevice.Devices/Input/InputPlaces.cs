// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Input;

/// <summary>Finds the host's input devices by path, such as /dev/input/by-id/…, or by the name that they say.</summary>
internal static class InputPlaces
{
    internal const string Folder = "/dev/input";
    internal const string NamePrefix = "name:";

    // Minor numbers of event devices come from a range of their own and, once that is full, from another: 0 to 255 are usual.
    private const int MaxNodes = 256;

    /// <summary>The calls that opening and using one takes.</summary>
    internal static IReadOnlyList<CallRule> Calls =>
    [
        new(SystemCalls.openat),
        CallRule.Ioctl(
            CallArguments.EVIOCGID, CallArguments.EVIOCGRAB, CallArguments.EVIOCGNAME_128, CallArguments.EVIOCGUNIQ_128,
            CallArguments.EVIOCGPROP_128, CallArguments.EVIOCGKEY_128, CallArguments.EVIOCGLED_128, CallArguments.EVIOCGSW_128,
            CallArguments.EVIOCGMTSLOTS_260),
        new(
            SystemCalls.ioctl,
            ArgumentCheck.Matches(1, ~31u, CallArguments.EVIOCGBIT_128),
            ArgumentCheck.Matches(1, ~63u, CallArguments.EVIOCGABS)),
    ];

    /// <summary>Opens a device.</summary>
    /// <param name="place">A path, or name: and the name of a device; the first one of that name counts.</param>
    internal static (Errno Errno, IInputNode? Node) Open(string place)
    {
        if (!place.StartsWith(NamePrefix, StringComparison.Ordinal))
        {
            Errno errno = EvdevNode.Open(place, out EvdevNode? node);
            return (errno, node);
        }

        string name = place[NamePrefix.Length..];
        for (int i = 0; i < MaxNodes; i++)
        {
            if (EvdevNode.Open($"{Folder}/event{i}", out EvdevNode? node).IsError)
                continue;
            if (node!.Description.Name == name)
                return (Errno.Success, node);
            node.Dispose();
        }

        return (Errno.ENODEV, null);
    }

    /// <summary>What is wrong, and what to do about it.</summary>
    internal static string Explain(string place, Errno errno) =>
        errno == Errno.ENOENT ? $"there is no input device {place} ('ls -l {Folder}/by-id' lists what has a lasting name)"
        : errno == Errno.ENODEV ? $"no input device is called '{place[NamePrefix.Length..]}' (/proc/bus/input/devices lists the names)"
        : errno == Errno.EACCES ? $"no permission to open {place}: its group is usually 'input'"
        : errno == Errno.ENOTTY || errno == Errno.EINVAL || errno == Errno.ENXIO
            ? $"{place} is no input device: give a {Folder}/event* or a link to one"
        : $"the input device {place} cannot be opened: {errno}";
}
