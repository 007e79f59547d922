// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Vsock.Vms;

/// <summary>
/// Where guests are served: a loop, and the hub of those that reach each other on it. Guests of different places share
/// nothing, so that each place may have a thread.
/// </summary>
internal sealed record VsockPlace(EventLoop Loop, VsockHub Hub)
{
    /// <summary>The place of each guest.</summary>
    /// <param name="apart">
    /// One for each set of guests that may reach each other, by a group in common or through others; otherwise one for all.
    /// </param>
    /// <exception cref="StartupException">There is no loop.</exception>
    internal static VsockPlace[] Create(IReadOnlyList<VsockSettings> guests, bool apart)
    {
        VsockPlace?[] places = new VsockPlace?[guests.Count];
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] is not null)
                continue;
            VsockPlace place = Create();
            Settle(guests, places, i, place, apart);
        }

        return places!;
    }

    private static VsockPlace Create()
    {
        Errno errno = EventLoop.Create(out EventLoop? loop);
        return errno.IsSuccess ? new VsockPlace(loop!, new VsockHub()) : throw new StartupException($"there is no event loop: {errno}");
    }

    // This guest, and all that it reaches, go to the same place.
    private static void Settle(IReadOnlyList<VsockSettings> guests, VsockPlace?[] places, int first, VsockPlace place, bool apart)
    {
        Queue<int> next = new([first]);
        places[first] = place;
        while (next.TryDequeue(out int guest))
        {
            for (int other = 0; other < places.Length; other++)
            {
                if (places[other] is not null || (apart && !guests[guest].Groups.Intersect(guests[other].Groups).Any()))
                    continue;
                places[other] = place;
                next.Enqueue(other);
            }
        }
    }
}
