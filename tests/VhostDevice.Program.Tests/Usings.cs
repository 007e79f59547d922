// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
global using VhostDevice.Program.Tests.Support;
global using Xunit;
