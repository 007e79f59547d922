// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.VhostUser.FrontEnd;

/// <summary>Serves requests of a back-end for which it is not enough to say yes; see <see cref="BackEndChannel.Handlers"/>.</summary>
public interface IBackEndRequestHandler
{
    /// <summary>Serves a request as soon as it is read.</summary>
    /// <param name="message">Stays the caller's; a descriptor that is taken out is the handler's.</param>
    /// <param name="code">The answer: 0 for yes.</param>
    /// <param name="file">Goes back with the answer, and is closed after that.</param>
    /// <returns>False: the request is none of this handler's.</returns>
    bool TryServe(ReceivedMessage message, out ulong code, out OwnedFd? file);
}
