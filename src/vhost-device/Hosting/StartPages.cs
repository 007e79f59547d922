// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VhostDevice.Program.Hosting;

/// <summary>
/// The pages of the program that were touched at its start, of which serving needs a few (Native/start_pages.c). The
/// kernel maps a file's pages by sixteen, so that nearly all of the program would stay resident, however many devices
/// it has.
/// </summary>
internal static partial class StartPages
{
    private const string Library = "vhost-device-native";

    /// <summary>Lets go of them. Built as a managed program this does nothing.</summary>
    internal static void Release()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
            Native.Release();
    }

    private static partial class Native
    {
        [LibraryImport(Library, EntryPoint = "vhost_device_release_start_pages")]
        internal static partial void Release();
    }
}
